#include "http/byte_range.h"

#include <gtest/gtest.h>

namespace transcribed::http {
namespace {

constexpr ByteRange whole{ByteRange::Kind::whole, 0, 1000};
constexpr ByteRange none{ByteRange::Kind::unsatisfiable, 0, 0};
constexpr ByteRange part(std::uint64_t first, std::uint64_t length) {
  return {ByteRange::Kind::part, first, length};
}

TEST(ByteRangeTest, OneRangeInEachOfItsForms) {
  EXPECT_EQ(parse_byte_range("bytes=0-", 1000), part(0, 1000));
  EXPECT_EQ(parse_byte_range("bytes=0-0", 1000), part(0, 1));
  EXPECT_EQ(parse_byte_range("bytes=100-199", 1000), part(100, 100));
  EXPECT_EQ(parse_byte_range("bytes=999-", 1000), part(999, 1));
  EXPECT_EQ(parse_byte_range("bytes=-10", 1000), part(990, 10));
  EXPECT_EQ(parse_byte_range(" Bytes= 5-6 ", 1000), part(5, 2));
}

TEST(ByteRangeTest, AnEndBeyondTheEndIsTheEnd) {
  EXPECT_EQ(parse_byte_range("bytes=900-5000", 1000), part(900, 100));
  EXPECT_EQ(parse_byte_range("bytes=-5000", 1000), part(0, 1000));
  EXPECT_EQ(parse_byte_range("bytes=0-99999999999999999999999", 1000), part(0, 1000));
  EXPECT_EQ(parse_byte_range("bytes=0-18446744073709551615", 1000), part(0, 1000));
}

TEST(ByteRangeTest, WhatLiesBeyondTheEndCannotBeHad) {
  EXPECT_EQ(parse_byte_range("bytes=1000-", 1000), none);
  EXPECT_EQ(parse_byte_range("bytes=99999999999999999999-", 1000), none);
  EXPECT_EQ(parse_byte_range("bytes=-0", 1000), none);
  EXPECT_EQ(parse_byte_range("bytes=0-", 0), none);
  EXPECT_EQ(parse_byte_range("bytes=-1", 0), none);
}

TEST(ByteRangeTest, WhatIsNoSingleRangeOfBytesMeansTheWhole) {
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=5-4", "bytes=0-1,5-6",
        "items=0-1", "bytes=1-x", "bytes=--1", "bytes=+1-2", "bytes 0-1"}) {
    EXPECT_EQ(parse_byte_range(header, 1000), whole) << header;
  }
}

}  // namespace
}  // namespace transcribed::http
