#include "wire/header_parameters.h"

#include <gtest/gtest.h>

namespace transcribed::wire {
namespace {

TEST(HeaderParametersTest, ValueAndParameters) {
  const auto parsed = parse_parameterised(R"(Form-Data ; Name=a;x = "b;\"c\\d" ; )");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->value, "form-data");
  ASSERT_TRUE(parsed->find("name"));
  EXPECT_EQ(*parsed->find("name"), "a");
  ASSERT_TRUE(parsed->find("x"));
  EXPECT_EQ(*parsed->find("x"), "b;\"c\\d");
  EXPECT_EQ(parsed->find("y"), nullptr);
}

TEST(HeaderParametersTest, WhatIsMalformedIsNothing) {
  for (const auto* text : {"", "; a=b", "v; a", "v; a=", "v; =b", "v; a=\"b", "v; a=b c",
                           "v; a=b; a=c", "v; a=\"b\"c"}) {
    EXPECT_FALSE(parse_parameterised(text)) << text;
  }
}

TEST(HeaderParametersTest, PercentEncoding) {
  EXPECT_EQ(decode_percent("a%20b%00%ff"), std::string("a b\0\xff", 5));
  EXPECT_EQ(decode_percent(""), "");
  for (const auto* text : {"%", "%4", "%zz", "a%2"}) EXPECT_FALSE(decode_percent(text)) << text;
}

TEST(HeaderParametersTest, ExtendedValues) {
  EXPECT_EQ(decode_extended("utf-8'en'a%20b"), "a b");
  EXPECT_EQ(decode_extended("UTF-8''"), "");
  for (const auto* text :
       {"", "utf-8", "utf-8'", "latin1''a", "utf-8''%4", "utf-8''%zz", "utf-8''%ff"}) {
    EXPECT_FALSE(decode_extended(text)) << text;
  }
}

}  // namespace
}  // namespace transcribed::wire
