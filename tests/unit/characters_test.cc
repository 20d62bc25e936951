#include "core/characters.h"

#include <string>

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

TEST(Characters, AreCodePoints) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("aé日😀"), 4U);
  EXPECT_EQ(character_at("日", 0).code, U'日');
  EXPECT_EQ(character_at("😀", 0).bytes, 4U);
  EXPECT_EQ(first_character("éa"), U'é');
  EXPECT_EQ(last_character("a😀"), U'😀');
  EXPECT_EQ(last_character("aé"), U'é');
  EXPECT_EQ(last_character(""), 0U);
}

TEST(Characters, WhatIsNoUtf8IsReadByteByByteToItsEnd) {
  for (const std::string text :
       {"\xFF", "\x80\x80", "\xE6\x97", "a\xC3", "\xC0\xAF", "\xF0\x9F("}) {
    std::size_t at = 0;
    while (at < text.size()) at += character_at(text, at).bytes;
    EXPECT_EQ(at, text.size());
    last_character(text);
  }
  EXPECT_EQ(last_character("a\xC3"), 0xFFFDU);
}

TEST(Characters, ALineOfJapaneseMayEndNearlyAnywhere) {
  EXPECT_TRUE(may_break_between(U'今', U'日'));
  EXPECT_TRUE(may_break_between(U'。', U'散'));
  EXPECT_TRUE(may_break_between(U'語', U'o'));
  EXPECT_FALSE(may_break_between(U'す', U'。')) << "a full stop begins no line";
  EXPECT_FALSE(may_break_between(U'ち', U'ょ'));
  EXPECT_FALSE(may_break_between(U'「', U'は')) << "an opening bracket ends none";
  EXPECT_FALSE(may_break_between(U'a', U'b'));
  EXPECT_FALSE(may_break_between(U'한', U'국')) << "Korean has blanks";
  EXPECT_FALSE(may_break_between(U'か', U'\u3099')) << "a mark of the one before";
}

TEST(Characters, WordsAreOfLettersAndDigits) {
  for (const char32_t code : {U'a', U'7', U'é', U'日', U'ー', U'ก', U'😀'}) {
    EXPECT_TRUE(belongs_to_a_word(code)) << static_cast<unsigned>(code);
  }
  for (const char32_t code : {U' ', U'.', U'-', U'…', U'。', U'「', U'，', U'¿'}) {
    EXPECT_FALSE(belongs_to_a_word(code)) << static_cast<unsigned>(code);
  }
}

}  // namespace
}  // namespace transcribed::core
