// Model files, whole, cut off at every place, and lying.
#include "wire/whisper_file.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/temporary_folder.h"

namespace transcribed::wire {
namespace {

using ::testing::HasSubstr;

class WhisperFileTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new tests::TemporaryFolder();
    ASSERT_EQ(std::system((std::string(TRANSCRIBED_PYTHON) + " " + TRANSCRIBED_WRITE_MODEL +
                           " micro '" + path("whole.bin") + "'")
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

  static tl::expected<WhisperFile, std::string> read(std::string bytes) {
    std::FILE* file = ::fmemopen(bytes.data(), bytes.size(), "rb");
    EXPECT_NE(file, nullptr);
    auto model = read_whisper_file(file, static_cast<std::int64_t>(bytes.size()));
    std::fclose(file);
    return model;
  }
  static void expect_refused(const std::string& bytes, const std::string& why) {
    const auto model = read(bytes);
    ASSERT_FALSE(model) << why;
    EXPECT_THAT(model.error(), HasSubstr(why));
  }
  // The whole file with another number at `at`.
  static std::string with(std::size_t at, std::int32_t number) {
    std::string bytes = whole_;
    std::memcpy(bytes.data() + at, &number, sizeof number);
    return bytes;
  }

  static constexpr std::size_t header = 12 * 4;
  static constexpr std::size_t filters = header + 8 + std::size_t{80} * 201 * 4;

  static tests::TemporaryFolder* folder_;
  static std::string whole_;
};
tests::TemporaryFolder* WhisperFileTest::folder_ = nullptr;
std::string WhisperFileTest::whole_;

TEST_F(WhisperFileTest, AWholeOneTellsItsShape) {
  const auto model = read(whole_);
  ASSERT_TRUE(model) << model.error();
  EXPECT_EQ(model->vocabulary, 51866);
  EXPECT_EQ(model->text_width, 128);
  EXPECT_EQ(model->audio_layers, 3);
  EXPECT_EQ(model->text_layers, 2);
  EXPECT_EQ(model->mel_bands, 80);
  EXPECT_TRUE(model->multilingual());
  EXPECT_EQ(model->languages(), 100);
  // libwhisper logs "model size = 16.70 MB" and "kv self size = 0.52 MB" for this shape.
  EXPECT_NEAR(static_cast<double>(model->weights_bytes), 16.70e6, 0.01e6);
  EXPECT_EQ(model->decoder_cache_bytes(), 524288);
}

TEST_F(WhisperFileTest, AnEnglishOneHasNoLanguages) {
  WhisperFile model;
  model.vocabulary = 51864;
  EXPECT_FALSE(model.multilingual());
  EXPECT_EQ(model.languages(), 0);
  model.vocabulary = 51865;
  EXPECT_EQ(model.languages(), 99);
}

TEST_F(WhisperFileTest, CutOffAnywhereItIsRefused) {
  std::mt19937 random(1);
  std::vector<std::size_t> lengths = {0, 3, 4, 47, header, header + 7, filters - 1, filters + 2};
  for (int i = 0; i < 60; ++i) lengths.push_back(random() % whole_.size());
  lengths.push_back(whole_.size() - 1);
  for (const std::size_t length : lengths) {
    const auto model = read(whole_.substr(0, length));
    EXPECT_FALSE(model) << length;
  }
  expect_refused(whole_.substr(0, whole_.size() - 1), "ends too early");
  expect_refused(whole_.substr(0, header), "ends too early");
}

TEST_F(WhisperFileTest, WithAnyByteOfItsStructureChangedItIsReadOrRefused) {
  // Whatever it is taken for, nothing may crash, hang or allocate without bounds.
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = whole_;
    const std::size_t at = i < 150 ? random() % header : random() % bytes.size();
    bytes[at] = static_cast<char>(random());
    static_cast<void>(read(bytes));
  }
}

TEST_F(WhisperFileTest, LiesInTheHeaderAreRefused) {
  for (const std::int32_t width : {0, -128, 1 << 30, 129}) {
    expect_refused(with(12, width), "header");
  }
  expect_refused(with(4, 7), "header");                 // tokens
  expect_refused(with(8, 1 << 30), "header");           // audio context
  expect_refused(with(16, 0), "header");                // heads: divided by
  expect_refused(with(20, 1 << 30), "header");          // layers
  expect_refused(with(44, -1), "header");               // element type
  expect_refused(with(20, 4), "missing");               // one layer more than there is
  expect_refused(with(20, 2), "no Whisper model has");  // one less
  expect_refused(with(header, 81), "mel filters");
  expect_refused(with(filters, 0x7fffffff), "tokens of");
  expect_refused(with(filters + 4, 0x7fffffff), "token 0 is 2147483647 bytes long");
  expect_refused(with(filters + 4, -1), "token 0");
}

TEST_F(WhisperFileTest, LiesAboutTensorsAreRefused) {
  const std::size_t name = whole_.find("encoder.conv1.weight");
  ASSERT_NE(name, std::string::npos);
  const std::size_t tensor = name - 6 * 4;          // dimensions, name, type, three lengths
  expect_refused(with(tensor, 5), "5 dimensions");  // libwhisper has room for four
  expect_refused(with(tensor, 0), "0 dimensions");
  expect_refused(with(tensor + 4, 1 << 30), "a name of");
  expect_refused(with(tensor + 8, 999), "the type 999");
  expect_refused(with(tensor + 12, -3), "encoder.conv1.weight is -3");
  expect_refused(with(tensor + 20, 1 << 30), "encoder.conv1.weight is 3 x 80 x 1073741824");
  std::string renamed = whole_;
  renamed.replace(name, 7, "decoder");
  expect_refused(renamed, "no Whisper model has");
}

TEST_F(WhisperFileTest, OtherFilesAreCalledWhatTheyAre) {
  expect_refused("", "is empty");
  expect_refused("GGUF" + std::string(100, '\0'), "GGUF");
  expect_refused("PK\x03\x04" + std::string(100, '\0'), "PyTorch");
  expect_refused("<!DOCTYPE html>", "web page");
  expect_refused(std::string(1000, 'x'), "is not a ggml Whisper model");
  std::string no_space = whole_;
  no_space[filters + 4 + 32 * 5 + 4] = 'x';
  expect_refused(no_space, "no token for a space");
  const std::size_t first = whole_.find("encoder.positional_embedding");
  expect_refused(whole_.substr(0, first - 5 * 4), "has no weights");
}

}  // namespace
}  // namespace transcribed::wire
