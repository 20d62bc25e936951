// Every format of one transcript, byte by byte as the files in tests/golden have it.
#include <fstream>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "http/transcript_format.h"
#include "wire/transcript_json.h"

namespace transcribed::http {
namespace {

std::string golden(const std::string& name) {
  std::ifstream file(std::string(GOLDEN) + "/" + name, std::ios::binary);
  if (!file) throw std::runtime_error("no file tests/golden/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Case {
  std::string file;  // in tests/golden
  std::string query;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.query; }

class GoldenFormats : public testing::TestWithParam<Case> {};

TEST_P(GoldenFormats, AreAsTheyAreKept) {
  const auto transcript = wire::parse_transcript(golden("talk.stored.json"));
  ASSERT_TRUE(transcript) << transcript.error();
  const auto request = read_transcript_request(GetParam().query);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(render(*request, *transcript, {}), golden(GetParam().file));
}

INSTANTIATE_TEST_SUITE_P(
    Talk, GoldenFormats,
    testing::Values(Case{"talk.txt", "format=txt"}, Case{"talk.srt", "format=srt"},
                    Case{"talk.vtt", "format=vtt"}, Case{"talk.tsv", "format=tsv"},
                    Case{"talk.lrc", "format=lrc"}, Case{"talk.json", "format=json"},
                    Case{"talk.verbose.json", "format=verbose_json"},
                    Case{"talk.narrow.srt", "format=srt&max_line_width=20&max_line_count=2"},
                    Case{"talk.lines.vtt", "format=vtt&max_line_width=12"},
                    Case{"talk.words.srt",
                         "format=srt&words=true&max_line_width=24&max_line_count=1"},
                    Case{"talk.words.vtt", "format=vtt&words=true"},
                    Case{"talk.words.lrc", "format=lrc&words=true"},
                    Case{"talk.words.json", "format=verbose_json&timestamp_granularities=word"}));

}  // namespace
}  // namespace transcribed::http
