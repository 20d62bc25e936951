// The catalogue of official Whisper models.
#include "core/whisper_models.h"

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

TEST(WhisperModels, EachHasItsOwnNameFileAndSums) {
  std::set<std::string_view> seen;
  for (const WhisperModel& model : whisper_models()) {
    for (const std::string_view text : {model.name, model.file, model.sha1, model.sha256}) {
      EXPECT_TRUE(seen.insert(text).second) << text;
    }
    EXPECT_EQ(model.file, whisper_file_name(model.name));
    EXPECT_EQ(whisper_name_of_file(model.file), model.name);
    EXPECT_EQ(model.sha1.size(), 40U) << model.name;
    EXPECT_EQ(model.sha256.size(), 64U) << model.name;
    for (const std::string_view sum : {model.sha1, model.sha256}) {
      EXPECT_EQ(sum.find_first_not_of("0123456789abcdef"), std::string_view::npos) << model.name;
    }
  }
}

TEST(WhisperModels, AreFoundByNameAndByFile) {
  const WhisperModel* turbo = find_whisper_model("large-v3-turbo-q5_0");
  ASSERT_NE(turbo, nullptr);
  EXPECT_EQ(find_whisper_model("ggml-large-v3-turbo-q5_0.bin"), turbo);
  EXPECT_EQ(turbo->bytes, 574'041'195);
  EXPECT_TRUE(turbo->multilingual);
  EXPECT_TRUE(turbo->quantised());
  EXPECT_FALSE(find_whisper_model("small.en")->multilingual);
  EXPECT_EQ(find_whisper_model("large"), nullptr);
  EXPECT_EQ(find_whisper_model(""), nullptr);
}

TEST(WhisperModels, AQuantisedOneIsSmallerThanItsFullOneAndTakesItsFilesSize) {
  for (const WhisperModel& model : whisper_models()) {
    if (!model.quantised()) continue;
    const WhisperModel* full = find_whisper_model(model.name.substr(0, model.name.find("-q")));
    ASSERT_NE(full, nullptr) << model.name;
    EXPECT_LT(model.bytes, full->bytes);
    EXPECT_LT(model.weights_mb, full->weights_mb);
    EXPECT_EQ(model.state_mb, full->state_mb);
    EXPECT_EQ(model.fallback_mb, full->fallback_mb);
    EXPECT_NEAR(static_cast<double>(model.weights_mb), static_cast<double>(model.bytes) / 1048576,
                1);
  }
}

// 1,533, 419 and 302 times 10^6 bytes, rounded up to MB of 1,048,576.
TEST(WhisperModels, MemoryIsInMegabytesOfTheProject) {
  const WhisperModel* medium = find_whisper_model("medium");
  ASSERT_NE(medium, nullptr);
  EXPECT_EQ(medium->weights_mb, 1462);
  EXPECT_EQ(medium->state_mb, 400);
  EXPECT_EQ(medium->fallback_mb, 289);
  EXPECT_EQ(medium->job_mb(), 689);
}

// The loaded weights are the file less its vocabulary and filters, which are at most 3 MB.
TEST(WhisperModels, WeightsAgreeWithFiles) {
  for (const WhisperModel& model : whisper_models()) {
    EXPECT_NEAR(static_cast<double>(model.weights_mb), static_cast<double>(model.bytes) / 1048576,
                3)
        << model.name;
  }
}

TEST(WhisperModels, StandInTheDocs) {
  std::ifstream file(DOCS "/models.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  for (const WhisperModel& model : whisper_models()) {
    const auto row = page.find("| `" + std::string(model.name) + "` |");
    ASSERT_NE(row, std::string::npos) << model.name;
    const std::string line = page.substr(row, page.find('\n', row) - row);
    EXPECT_THAT(line, testing::HasSubstr("`" + std::string(model.sha256) + "`"));
    EXPECT_THAT(line,
                testing::HasSubstr("`" + std::string(model.sha1) +
                                   (model.sum_origin == SumOrigin::in_project ? "`* |" : "` |")));
  }
}

TEST(WhisperModels, OtherFilesHaveNoName) {
  for (const char* file : {"ggml-.bin", "ggml-small.bin.part", "small.bin", "ggml-small", ""}) {
    EXPECT_EQ(whisper_name_of_file(file), "") << file;
  }
  EXPECT_EQ(whisper_name_of_file("ggml-mine.bin"), "mine");
}

}  // namespace
}  // namespace transcribed::core
