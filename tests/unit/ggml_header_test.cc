// The head of a ggml Whisper model: what is taken, and what is said of everything else.
#include "wire/ggml_header.h"

#include <array>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::wire {
namespace {

using testing::HasSubstr;

using Words = std::array<std::int32_t, 12>;
constexpr Words base_model{0x67676d6c, 51865, 1500, 512, 8, 6, 448, 512, 8, 6, 80, 1};

std::string bytes_of(const Words& words) {
  std::string bytes;
  for (const std::int32_t value : words) {
    for (int shift = 0; shift < 32; shift += 8) {
      bytes += static_cast<char>(static_cast<std::uint32_t>(value) >> shift & 0xff);
    }
  }
  return bytes;
}

TEST(GgmlHeader, IsReadFieldByField) {
  const auto header = parse_ggml_header(bytes_of(base_model) + "more");
  ASSERT_TRUE(header) << header.error();
  EXPECT_EQ(header->vocabulary, 51865);
  EXPECT_EQ(header->audio_context, 1500);
  EXPECT_EQ(header->audio_width, 512);
  EXPECT_EQ(header->text_layers, 6);
  EXPECT_EQ(header->mel_bands, 80);
  EXPECT_EQ(header->weight_type, 1);
  EXPECT_TRUE(header->multilingual());
}

TEST(GgmlHeader, TellsEnglishOnlyApart) {
  Words words = base_model;
  words[1] = 51864;
  EXPECT_FALSE(parse_ggml_header(bytes_of(words))->multilingual());
}

TEST(GgmlHeader, EveryCutIsRefused) {
  const std::string whole = bytes_of(base_model);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_ggml_header(whole.substr(0, size))) << size;
  }
  EXPECT_THAT(parse_ggml_header(whole.substr(0, 20)).error(), HasSubstr("cut off after 20 bytes"));
  EXPECT_THAT(parse_ggml_header("").error(), HasSubstr("empty"));
}

TEST(GgmlHeader, NumbersNoModelHasAreRefused) {
  for (std::size_t field = 1; field < base_model.size(); ++field) {
    for (const std::int32_t value :
         {-1, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()}) {
      Words words = base_model;
      words[field] = value;
      const auto header = parse_ggml_header(bytes_of(words));
      ASSERT_FALSE(header) << field << " " << value;
      EXPECT_THAT(header.error(), HasSubstr(std::to_string(value)));
    }
  }
  Words words = base_model;
  words[11] = 0;
  EXPECT_TRUE(parse_ggml_header(bytes_of(words))) << "f32 weights";
  words[5] = 0;
  EXPECT_FALSE(parse_ggml_header(bytes_of(words)));
  words = base_model;
  words[4] = 7;  // heads that do not divide the width
  EXPECT_THAT(parse_ggml_header(bytes_of(words)).error(), HasSubstr("512 and 512"));
  words = base_model;
  words[7] = 384;  // another width in the decoder
  EXPECT_THAT(parse_ggml_header(bytes_of(words)).error(), HasSubstr("512 and 384"));
}

TEST(GgmlHeader, WhatPeopleConfuseWithItIsNamed) {
  EXPECT_THAT(parse_ggml_header("GGUF\x03").error(), HasSubstr("GGUF"));
  EXPECT_THAT(parse_ggml_header("PK\x03\x04....").error(), HasSubstr("zip"));
  EXPECT_THAT(parse_ggml_header("version https://git-lfs.github.com/spec/v1\n").error(),
              HasSubstr("LFS"));
  EXPECT_THAT(parse_ggml_header("<!DOCTYPE html>").error(), HasSubstr("web page"));
  EXPECT_THAT(parse_ggml_header("RIFF").error(), HasSubstr("not a ggml"));
}

}  // namespace
}  // namespace transcribed::wire
