// The examples of docs/formats.md are what the server writes.
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "http/transcript_format.h"

namespace transcribed::http {
namespace {

core::Transcript example() {
  core::Segment first;
  first.end_s = 2;
  first.text = "Hello, Tom & Ann.";
  first.tokens = {50364, 2425};
  first.avg_logprob = -0.25;
  first.seek = 0;
  first.temperature = 0;
  first.no_speech_prob = 0.01;
  first.words = {{0, 0.5, "Hello,", 0.98}, {0.5, 0.9, "Tom", 0.91}, {1.2, 1.8, "Ann.", 0.87}};
  core::Segment second;
  second.id = 1;
  second.start_s = 3661.5;
  second.end_s = 3663;
  second.text = "How are you?";
  return {"en", 3663.2, {first, second}};
}

TEST(FormatsPage, ShowsWhatIsWritten) {
  std::ifstream page(DOCS "/formats.md");
  int examples = 0;
  std::string query;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("`format=")) query = line.substr(1, line.size() - 2);
    if (!line.starts_with("```") || query.empty()) continue;
    std::string block;
    for (std::string text; std::getline(page, text) && text != "```";) block += text + '\n';
    const auto request = read_transcript_request(query);
    ASSERT_TRUE(request) << request.error().message;
    const std::string written = render(*request, example(), {});
    if (line == "```json") {
      EXPECT_EQ(boost::json::parse(written), boost::json::parse(block)) << written;
    } else {
      EXPECT_EQ(written, block) << query;
    }
    query.clear();
    ++examples;
  }
  EXPECT_EQ(examples, 10);
}

}  // namespace
}  // namespace transcribed::http
