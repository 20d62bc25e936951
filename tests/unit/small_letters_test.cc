#include "core/small_letters.h"

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

TEST(SmallLetters, AreThoseOfAlphabetsThatHaveTwoKinds) {
  EXPECT_EQ(in_small_letters("Interview 12, AZ_[`{@.WAV"), "interview 12, az_[`{@.wav");
  EXPECT_EQ(in_small_letters("ÀÖØÞ ÄRGER GRẞ"), "àöøþ ärger grß");
  EXPECT_EQ(in_small_letters("ŁÓDŹ ŻÓŁĆ Ÿ Ĺ ŇĐ İSTANBUL ȘȚ"), "łódź żółć ÿ ĺ ňđ istanbul șț");
  EXPECT_EQ(in_small_letters("ΌΔΟΣ Άέ ΏΎ Ϊ"), in_small_letters("όδος άΈ ώύ ϊ"));
  EXPECT_EQ(in_small_letters("ИНТЕРВЬЮ ЁЇ Ґ Ӏ"), "интервью ёї ґ Ӏ");
  EXPECT_EQ(in_small_letters("PHỎNG VẤN Ứ"), "phỏng vấn ứ");
}

TEST(SmallLetters, StayAsTheyAre) {
  const char* const small = "ä÷×ß ł đ ı ĸ ŉ ſ ά ϐ я ẖ ợ 会議 مقابلة הקלטה 😀";
  EXPECT_EQ(in_small_letters(small), small);
  EXPECT_EQ(in_small_letters(""), "");
  EXPECT_EQ(in_small_letters("A\xC3"), "a\xC3");
  EXPECT_EQ(in_small_letters("\xFF\x80Z"), "\xFF\x80z");
}

}  // namespace
}  // namespace transcribed::core
