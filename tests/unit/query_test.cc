#include "http/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::http {
namespace {

std::string code(std::string_view text) {
  const auto query = parse_query(text, {"state", "limit"});
  return query ? "none" : query.error().code;
}

TEST(QueryTest, NamesAndValuesAreDecoded) {
  const auto query = parse_query("state=a+b%20c&limit=", {"state", "limit"});
  ASSERT_TRUE(query);
  EXPECT_THAT(*query,
              testing::ElementsAre(testing::Pair("limit", ""), testing::Pair("state", "a b c")));
  EXPECT_TRUE(parse_query("", {})->empty());
  EXPECT_TRUE(parse_query("&&", {})->empty());
}

TEST(QueryTest, EveryPartEndsWhereItEnds) {
  // The text goes on after the query, as it does in a request.
  for (const std::string text : {"state=a&limit=2", "limit=2&state=a", "limit=%32&state=%61"}) {
    const auto line = text + " HTTP/1.1&limit=3";
    const auto query =
        parse_query(std::string_view(line).substr(0, text.size()), {"state", "limit"});
    ASSERT_TRUE(query) << text;
    EXPECT_THAT(*query,
                testing::ElementsAre(testing::Pair("limit", "2"), testing::Pair("state", "a")));
  }
}

TEST(QueryTest, WhatIsWrongIsSaid) {
  EXPECT_EQ(code("status=queued"), "unknown_parameter");
  EXPECT_EQ(code("limit=1&limit=2"), "parameter_repeated");
  EXPECT_EQ(code("limit=%"), "bad_query");
  EXPECT_EQ(code("limit=1#2"), "bad_query");
  EXPECT_EQ(code("limit=%ff"), "bad_query");
}

}  // namespace
}  // namespace transcribed::http
