#include "wire/line_buffer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> lines_of(LineBuffer& buffer, std::string_view bytes) {
  buffer.append(bytes);
  std::vector<std::string> lines;
  while (auto line = buffer.next()) lines.push_back(std::move(*line));
  return lines;
}

TEST(LineBuffer, CutsWhereTheNewlinesAre) {
  LineBuffer buffer(100);
  EXPECT_THAT(lines_of(buffer, "one\ntwo\n\nthr"), ElementsAre("one", "two", ""));
  EXPECT_THAT(lines_of(buffer, ""), IsEmpty());
  EXPECT_THAT(lines_of(buffer, "ee"), IsEmpty());
  EXPECT_THAT(lines_of(buffer, "\nfour\n"), ElementsAre("three", "four"));
}

TEST(LineBuffer, SkipsALineThatIsTooLongHoweverItComes) {
  LineBuffer buffer(8);
  EXPECT_THAT(lines_of(buffer, "1234567\n12345678\nnext\n"), ElementsAre("1234567", "next"));
  for (int piece = 0; piece < 1000; ++piece) EXPECT_THAT(lines_of(buffer, "12345"), IsEmpty());
  EXPECT_THAT(lines_of(buffer, "12\nnext\n"), ElementsAre("next"));
}

}  // namespace
}  // namespace transcribed::wire
