// Models for voice activity detection, whole, cut off at every place, and lying.
#include "whisper/vad_file.h"

#include <sys/stat.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/temporary_folder.h"

namespace transcribed::whisper {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class VadFileTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new tests::TemporaryFolder();
    ASSERT_EQ(std::system((std::string(TRANSCRIBED_PYTHON) + " " + TRANSCRIBED_WRITE_VAD_MODEL +
                           " random '" + path("whole.bin") + "'")
                              .c_str()),
              0);
    std::ifstream file(path("whole.bin"), std::ios::binary);
    whole_ = {std::istreambuf_iterator<char>(file), {}};
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }

  static tl::expected<std::string, core::Failure> read(const std::string& bytes) {
    std::ofstream(path("vad.bin"), std::ios::binary) << bytes;
    return read_vad_file(path("vad.bin"));
  }
  static void expect_refused(const std::string& bytes, const std::string& why) {
    const auto file = read(bytes);
    ASSERT_FALSE(file) << why;
    EXPECT_EQ(file.error().kind, core::FailureKind::internal);
    EXPECT_THAT(file.error().message,
                StartsWith("The voice activity detection model " + path("vad.bin")));
    EXPECT_THAT(file.error().message, HasSubstr(why));
  }
  // The whole file with another number at `at`.
  static std::string with(std::size_t at, std::int32_t number) {
    std::string bytes = whole_;
    std::memcpy(bytes.data() + at, &number, sizeof number);
    return bytes;
  }

  static constexpr std::size_t version = 4 + 4 + 10;
  static constexpr std::size_t layout = version + 3 * 4;
  static constexpr std::size_t tensors = layout + 19 * 4;

  static inline tests::TemporaryFolder* folder_ = nullptr;
  static inline std::string whole_;
};

TEST_F(VadFileTest, AWholeOneIsReadAsItIs) {
  // The size that the published ggml-silero-v5.1.2.bin has.
  EXPECT_EQ(whole_.size(), 885'098u);
  const auto file = read(whole_);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file, whole_);
}

TEST_F(VadFileTest, TheVersionMayBeAnother) { EXPECT_TRUE(read(with(version, 6))); }

TEST_F(VadFileTest, CutOffAnywhereItIsRefused) {
  for (std::size_t size = 0; size < 400; ++size) {
    expect_refused(whole_.substr(0, size), size == tensors ? "is not complete" : "ends too early");
  }
  std::mt19937 random(1);
  for (int i = 0; i < 50; ++i) {
    const auto file = read(whole_.substr(0, random() % whole_.size()));
    ASSERT_FALSE(file);
    EXPECT_THAT(file.error().message,
                AnyOf(HasSubstr("ends too early"), HasSubstr("is not complete")));
  }
  expect_refused(whole_.substr(0, whole_.size() - 1), "ends too early");
}

TEST_F(VadFileTest, WhatIsNoSuchModelIsRefused) {
  expect_refused("<!DOCTYPE html><html>", "is no voice activity detection model");
  expect_refused(with(0, 0x46554747), "is no voice activity detection model");
  expect_refused(with(4, 51865), "is a Whisper model");
  expect_refused(with(4, 8), "is no voice activity detection model");
  expect_refused(with(4, -1), "is no voice activity detection model");
  expect_refused(with(4, 0x7fffffff), "is no voice activity detection model");
  std::string other = whole_;
  other.replace(8, 10, "silero-08k");
  expect_refused(other, "is no voice activity detection model");
}

TEST_F(VadFileTest, EveryNumberOfItsLayoutMatters) {
  for (std::size_t at = layout; at < tensors; at += 4) {
    for (const std::int32_t lie : {0, -1, 7, 0x7fffffff}) {
      expect_refused(with(at, lie), "its head says " + std::to_string(lie));
    }
  }
}

TEST_F(VadFileTest, TensorsThatLieAreRefused) {
  expect_refused(with(tensors, 4), "has 4 dimensions");
  expect_refused(with(tensors, -1), "has -1 dimensions");
  expect_refused(with(tensors + 4, 0x7fffffff), "a name of 2147483647 bytes");
  expect_refused(with(tensors + 4, 0), "a name of 0 bytes");
  expect_refused(with(tensors + 8, 0), "has another shape or type");
  expect_refused(with(tensors + 12, 0x7fffffff), "has another shape or type");
  std::string renamed = whole_;
  renamed[tensors + 24] = 'X';
  expect_refused(renamed, "one that no such model has");
  // The first tensor again.
  const std::size_t first = 12 + 12 + 36 + std::size_t{3} * 129 * 128 * 2;
  expect_refused(whole_ + whole_.substr(tensors, first), "has a tensor twice");
  expect_refused(whole_.substr(0, tensors) + whole_.substr(tensors + first), "is not complete");
}

TEST_F(VadFileTest, AnyDamageIsRefusedOrHarmless) {
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = whole_.substr(0, 2000);
    bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto file = read(bytes + whole_.substr(2000));
    if (file) EXPECT_EQ(file->size(), whole_.size());
  }
}

TEST_F(VadFileTest, WhatCannotBeReadIsSaid) {
  const auto refused = [](const std::string& file) {
    const auto read = read_vad_file(file);
    return read ? std::string() : read.error().message;
  };
  EXPECT_THAT(refused(path("nowhere.bin")), HasSubstr("No such file"));
  EXPECT_THAT(refused(folder_->path().string()), HasSubstr("is not a file"));
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(refused(path("pipe")), HasSubstr("is not a file"));
}

TEST_F(VadFileTest, AHugeFileIsNotReadWhole) {
  std::ofstream(path("huge.bin"), std::ios::binary) << whole_;
  std::filesystem::resize_file(path("huge.bin"), std::uintmax_t{20} << 30);  // sparse
  EXPECT_FALSE(read_vad_file(path("huge.bin")));
}

}  // namespace
}  // namespace transcribed::whisper
