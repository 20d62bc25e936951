#include "wire/utf8.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace transcribed::wire {
namespace {

const std::string replacement = "\xEF\xBF\xBD";

TEST(Utf8, GoodTextComesBackUnchanged) {
  for (const std::string text : {"", "plain", "Gr\xC3\xBC\xC3\x9F Gott", "\xE6\x97\xA5\xE6\x9C\xAC",
                                 "\xF0\x9F\x8E\xA4 on", "\xEF\xBF\xBD"}) {
    EXPECT_TRUE(is_valid_utf8(text));
    EXPECT_EQ(to_valid_utf8(text), text);
  }
}

TEST(Utf8, ABadStretchBecomesOneReplacement) {
  EXPECT_EQ(to_valid_utf8("a\xFF\xFE\xFD"), "a" + replacement);
  EXPECT_EQ(to_valid_utf8("a\xFF"
                          "b\xFE"),
            "a" + replacement + "b" + replacement);
  EXPECT_EQ(to_valid_utf8("cut \xE6\x97"), "cut " + replacement);
}

TEST(Utf8, AGoodCharacterBehindABadByteSurvives) {
  EXPECT_EQ(to_valid_utf8("\xE6"
                          "abc"),
            replacement + "abc");
  EXPECT_EQ(to_valid_utf8("\xE6\xC3\xBC"), replacement + "\xC3\xBC");
}

TEST(Utf8, OverlongFormsAndSurrogatesAreNotValid) {
  EXPECT_FALSE(is_valid_utf8("\xC0\xAF"));
  EXPECT_FALSE(is_valid_utf8("\xE0\x80\xAF"));
  EXPECT_FALSE(is_valid_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));
}

TEST(Utf8, AnyBytesBecomeValid) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> byte(0, 255);
  std::uniform_int_distribution<std::size_t> length(0, 40);
  for (int round = 0; round < 20000; ++round) {
    std::string text(length(random), '\0');
    for (char& c : text) c = static_cast<char>(byte(random));
    ASSERT_TRUE(is_valid_utf8(to_valid_utf8(text)));
  }
}

}  // namespace
}  // namespace transcribed::wire
