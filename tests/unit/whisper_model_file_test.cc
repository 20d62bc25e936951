// What is said of a path that leads to no model.
#include "whisper/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/temporary_folder.h"

namespace transcribed::whisper {
namespace {

using ::testing::HasSubstr;

TEST(WhisperModelPath, WhatIsNoModelIsSaidWithItsPath) {
  const tests::TemporaryFolder folder;
  const std::string text = folder.write("text.bin", "hello");
  EXPECT_EQ(read_model_file(text).error().message,
            "The Whisper model " + text + " is not a ggml Whisper model.");
  EXPECT_EQ(read_model_file(text).error().kind, core::FailureKind::internal);
  EXPECT_THAT(read_model_file("").error().message, HasSubstr("No Whisper model file"));
  EXPECT_THAT(read_model_file((folder.path() / "missing").string()).error().message,
              HasSubstr("No such file"));
  EXPECT_THAT(read_model_file(folder.path().string()).error().message, HasSubstr("is not a file"));
}

}  // namespace
}  // namespace transcribed::whisper
