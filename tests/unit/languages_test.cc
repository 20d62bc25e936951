#include "core/languages.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

TEST(Languages, AreWhispersHundred) {
  std::set<std::string_view> codes;
  std::set<std::string_view> names;
  for (const Language& language : languages()) {
    codes.insert(language.code);
    names.insert(language.name);
    EXPECT_EQ(language_name(language.code), language.name);
    EXPECT_EQ(language_code(language.code), language.code);
    EXPECT_EQ(language_code(language.name), language.code);
  }
  EXPECT_EQ(codes.size(), 100U);
  EXPECT_EQ(names.size(), 100U);
  EXPECT_EQ(languages().front().code, "en");
  EXPECT_EQ(languages().back().name, "cantonese");
}

TEST(Languages, AreFoundByWhatPeopleCallThem) {
  EXPECT_EQ(language_code("English"), "en");
  EXPECT_EQ(language_code("DE"), "de");
  EXPECT_EQ(language_code("Haitian Creole"), "ht");
  EXPECT_EQ(language_code("flemish"), "nl");
  EXPECT_EQ(language_code("pt-BR"), "pt");
  EXPECT_EQ(language_code("zh_CN"), "zh");
  EXPECT_EQ(language_code("jv"), "jw");
  EXPECT_EQ(language_code("iw-IL"), "he");
}

TEST(Languages, OthersAreNotGuessed) {
  for (const char* text : {"", "xx", "engl", "english language", "-", "_en", "e"}) {
    EXPECT_EQ(language_code(text), "") << text;
  }
  EXPECT_EQ(language_name("english"), "") << "a name is no code";
}

}  // namespace
}  // namespace transcribed::core
