// Tokens to words, and the words that the model of our own knows.
#include "whisper/word_groups.h"

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::whisper {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> texts(const std::vector<core::Word>& words) {
  std::vector<std::string> all;
  for (const core::Word& word : words) all.push_back(word.text);
  return all;
}

TEST(WhisperWords, ASpaceBeginsAWord) {
  const std::vector<core::Word> words = words_of(
      {{" O", 0, 0.1, 1}, {"pen", 0.1, 0.4, 0.5}, {",", 0.4, 0.5, 0.6}, {" the", 0.6, 0.8, 0.25}},
      "en");
  ASSERT_THAT(texts(words), ElementsAre("Open,", "the"));
  EXPECT_EQ(words[0].start_s, 0);
  EXPECT_EQ(words[0].end_s, 0.5);
  EXPECT_NEAR(words[0].probability.value_or(0), 0.7, 1e-9);
  EXPECT_EQ(words[1].start_s, 0.6);
}

TEST(WhisperWords, TheFirstNeedsNoSpaceAndBlanksAreNone) {
  EXPECT_THAT(texts(words_of({{"Yes", 0, 1, 1}, {" ", 1, 2, 1}, {" no", 2, 3, 1}}, "en")),
              ElementsAre("Yes", "no"));
  EXPECT_TRUE(words_of({}, "en").empty());
}

TEST(WhisperWords, WithoutSpacesEachCharacterIsOneEvenInTwoTokens) {
  EXPECT_THAT(
      texts(words_of({{"\xE6\x97", 0, 1, 1}, {"\xA5", 1, 2, 1}, {"\xE6\x9C\xAC", 2, 3, 1}}, "ja")),
      ElementsAre("\xE6\x97\xA5", "\xE6\x9C\xAC"));
  EXPECT_THAT(texts(words_of(
                  {{" gr", 0, 1, 1}, {"\xC3", 1, 2, 1}, {"\xBC", 2, 3, 1}, {"n", 3, 4, 1}}, "de")),
              ElementsAre("gr\xC3\xBCn"));
}

TEST(WhisperWords, NonsenseBytesEndSomewhere) {
  EXPECT_EQ(words_of({{"\x80\x80\x80\x80\x80", 0, 1, 1}, {"a", 1, 2, 1}}, "zh").size(), 2u);
}

TEST(WhisperWords, TheModelOfOurOwnKnowsNinetyFour) {
  std::ifstream file(TRANSCRIBED_WORDS);
  std::set<std::string> words;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#') || line.starts_with('[')) continue;
    std::istringstream stream(line);
    for (std::string word; stream >> word;) EXPECT_TRUE(words.insert(word).second) << word;
  }
  EXPECT_EQ(words.size(), 94u);
}

}  // namespace
}  // namespace transcribed::whisper
