#include "wire/engine_protocol.h"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/utf8.h"

namespace transcribed::wire {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string without_newline(std::string line) {
  EXPECT_FALSE(line.empty());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  line.pop_back();
  return line;
}

std::vector<ToWorker> requests() {
  Transcribe with_options{.job = "abc", .attempt = 2, .audio = "/a b/\"c\"\n.mp3", .options = {}};
  with_options.options.language = "en";
  with_options.options.temperature = 0.25;
  with_options.options.word_timestamps = true;
  return {Load{"tiny", "/models/tiny.bin", "gpu:0", 3, 4},
          Load{"tiny", "/models/tiny.bin", "gpu:0", 3, 4, "/models/vad.bin"},
          Load{},
          with_options,
          Transcribe{.job = "x", .attempt = 1, .audio = "/y", .options = {}},
          Cancel{"abc"},
          Shutdown{}};
}

std::vector<FromWorker> replies() {
  core::Segment segment;
  segment.id = 7;
  segment.start_s = 0.1;
  segment.end_s = 12.34;
  segment.text = " \"quoted\"\ttab \xF0\x9F\x8E\xA4";
  segment.tokens = {1, 2};
  segment.avg_logprob = -0.5;
  segment.words = {{0.1, 0.2, "a", 0.9}};
  Ready shared{"whisper", "1.9.5", 1462, 40};
  shared.vram_per_job_mb = 657;
  shared.ram_per_job_mb = 35;
  shared.device = "NVIDIA GeForce RTX 5070 Ti (Vulkan)";
  return {Ready{"pocketsphinx", "5", 0, 112},
          shared,
          Progress{"abc", 1.5, 60},
          SegmentFound{"abc", segment},
          SegmentFound{"abc", core::Segment{}},
          JobDone{"abc", "en", 61.25},
          JobFailed{"abc", {core::FailureKind::bad_media, "no audio"}},
          JobFailed{"", {core::FailureKind::out_of_memory, "no room"}},
          JobCancelled{"abc"}};
}

TEST(EngineProtocol, RequestsComeBackAsTheyWent) {
  for (const ToWorker& request : requests()) {
    const std::string line = without_newline(to_line(request));
    const auto parsed = parse_to_worker(line);
    ASSERT_TRUE(parsed) << line << ": " << parsed.error();
    EXPECT_EQ(*parsed, request) << line;
  }
}

TEST(EngineProtocol, RepliesComeBackAsTheyWent) {
  for (const FromWorker& reply : replies()) {
    const std::string line = without_newline(to_line(reply));
    const auto parsed = parse_from_worker(line);
    ASSERT_TRUE(parsed) << line << ": " << parsed.error();
    EXPECT_EQ(*parsed, reply) << line;
  }
}

TEST(EngineProtocol, UnknownKeysAreIgnored) {
  const auto parsed = parse_from_worker(
      R"( {"mood":["good",{"really":true}],"type":"cancelled","job":"a","type2":null} )");
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(*parsed, FromWorker(JobCancelled{"a"}));
}

TEST(EngineProtocol, AnUnknownTypeIsAnErrorThatNamesIt) {
  const auto parsed = parse_from_worker(R"({"type":"transcribe","job":"a","audio":"/x"})");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error(), StartsWith("transcribe: "));
  EXPECT_FALSE(parse_to_worker(R"({"type":"done","job":"a"})"));
}

TEST(EngineProtocol, WhatIsNoMessageIsAnError) {
  for (const char* line :
       {"",
        " ",
        "{",
        "{}",
        "[]",
        "null",
        "1",
        "\"type\"",
        "nonsense",
        R"({"type":1})",
        R"({"type":"done"} {"type":"done"})",
        R"({"type":"done"})",
        R"({"type":"done","job":""})",
        R"({"type":"done","job":7})",
        R"({"type":"done","job":null})",
        R"({"type":"progress","job":"a"})",
        R"({"type":"progress","job":"a","done_s":"1"})",
        R"({"type":"progress","job":"a","done_s":NaN})",
        R"({"type":"progress","job":"a","done_s":Infinity})",
        R"({"type":"progress","job":"a","done_s":1e999})",
        R"({"type":"segment","job":"a","id":0,"start":0,"end":1})",
        R"({"type":"segment","job":"a","id":0,"start":0,"end":1,"text":"\ud800"})",
        R"({"type":"ready","ram_mb":1e40})",
        R"({"type":"ready","vram_per_job_mb":"much"})",
        R"({"type":"ready","device":0})",
        R"({"type":"failed","message":[]})"}) {
    const auto parsed = parse_from_worker(line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_FALSE(parsed.error().empty());
    EXPECT_TRUE(is_valid_utf8(parsed.error()));
  }
  for (const char* line :
       {R"({"type":"transcribe","audio":"/x"})", R"({"type":"transcribe","job":"a"})",
        R"({"type":"transcribe","job":"a","audio":"/x","options":[]})",
        R"({"type":"transcribe","job":"a","audio":"/x","options":{"beam_size":"5"}})",
        R"({"type":"load","slots":0})", R"({"type":"load","threads":1.5})",
        R"({"type":"cancel"})"}) {
    EXPECT_FALSE(parse_to_worker(line)) << line;
  }
}

TEST(EngineProtocol, AFailureKeepsOnlyTheKindsAWorkerMayName) {
  const auto parsed =
      parse_from_worker(R"({"type":"failed","job":"a","kind":"daemon_lost","message":"trust me"})");
  ASSERT_TRUE(parsed);
  const auto& failed = std::get<JobFailed>(*parsed);
  EXPECT_EQ(failed.failure.kind, core::FailureKind::internal);
  EXPECT_EQ(failed.failure.message, "daemon_lost: trust me");
}

TEST(EngineProtocol, TimesBelowZeroBecomeZero) {
  const auto progress =
      parse_from_worker(R"({"type":"progress","job":"a","done_s":-1,"total_s":-2})");
  ASSERT_TRUE(progress);
  EXPECT_EQ(*progress, FromWorker(Progress{"a", 0, 0}));
  const auto ready = parse_from_worker(R"({"type":"ready","ram_mb":-5,"vram_mb":1.25})");
  ASSERT_TRUE(ready);
  EXPECT_EQ(std::get<Ready>(*ready).ram_mb, 0);
  EXPECT_EQ(std::get<Ready>(*ready).vram_mb, 2);
  EXPECT_EQ(std::get<Ready>(*ready).vram_per_job_mb, 0);
  EXPECT_EQ(std::get<Ready>(*ready).ram_per_job_mb, 0);
  EXPECT_EQ(std::get<Ready>(*ready).device, "");
}

TEST(EngineProtocol, InvalidUtf8IsReplacedComingIn) {
  const auto parsed = parse_from_worker(
      "{\"type\":\"segment\",\"job\":\"a\",\"id\":0,\"start\":0,\"end\":1,\"text\":\"cut "
      "\xE6\x97\"}");
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(std::get<SegmentFound>(*parsed).segment.text, "cut \xEF\xBF\xBD");
  const auto type = parse_from_worker("{\"type\":\"\xFF\"}");
  ASSERT_FALSE(type);
  EXPECT_TRUE(is_valid_utf8(type.error()));
}

TEST(EngineProtocol, InvalidUtf8NeverLeaves) {
  const std::string bad =
      "a\xFF"
      "b";
  core::Segment segment;
  segment.text = bad;
  for (const FromWorker& reply : std::vector<FromWorker>{
           Ready{bad, bad, 0, 0, 0, 0, bad}, Progress{bad, 0, 0}, SegmentFound{bad, segment},
           JobDone{bad, bad, 0}, JobFailed{bad, {core::FailureKind::internal, bad}},
           JobCancelled{bad}}) {
    EXPECT_TRUE(is_valid_utf8(to_line(reply)));
  }
  EXPECT_TRUE(is_valid_utf8(to_line(ToWorker(Load{bad, bad, bad, 1, 1, bad}))));
  EXPECT_TRUE(is_valid_utf8(to_line(ToWorker(Transcribe{bad, 1, bad, {}}))));
}

TEST(EngineProtocol, AVadFileIsOnlyNamedWhereThereIsOne) {
  EXPECT_EQ(to_line(ToWorker(Load{})).find("vad_file"), std::string::npos);
  const std::string line = to_line(ToWorker(Load{.vad_file = "/models/vad.bin"}));
  EXPECT_NE(line.find("\"vad_file\":\"/models/vad.bin\""), std::string::npos);
}

TEST(EngineProtocol, NestingBombsAreRefused) {
  for (const std::string& open : {std::string("["), std::string("{\"a\":")}) {
    std::string line = "{\"type\":\"done\",\"job\":\"a\",\"x\":";
    while (line.size() + open.size() < max_line_bytes) line += open;
    EXPECT_FALSE(parse_from_worker(line));
  }
}

TEST(EngineProtocol, ALineMayBeAsLongAsTheLimitAndNoLonger) {
  const std::string start =
      "{\"type\":\"segment\",\"job\":\"a\",\"id\":0,\"start\":0,\"end\":1,\"text\":\"";
  const std::string end = "\"}";
  const std::size_t most = max_line_bytes - 1 - start.size() - end.size();
  const auto fits = parse_from_worker(start + std::string(most, 'x') + end);
  ASSERT_TRUE(fits) << fits.error();
  EXPECT_EQ(std::get<SegmentFound>(*fits).segment.text.size(), most);
  const auto too_long = parse_from_worker(start + std::string(most + 1, 'x') + end);
  ASSERT_FALSE(too_long);
  EXPECT_THAT(too_long.error(), HasSubstr("longer than"));
}

TEST(EngineProtocol, AParserThatMetAnErrorReadsTheNextLine) {
  EXPECT_FALSE(parse_from_worker(R"({"type":"done","job":["a",{"b":"ccccccccccccccccccccccccc)"));
  const auto parsed = parse_from_worker(R"({"type":"done","job":"a"})");
  ASSERT_TRUE(parsed) << parsed.error();
}

// Lines of the protocol with bytes flipped, cut and doubled: whatever comes out, nothing breaks,
// and what is accepted can be written again.
TEST(EngineProtocol, DamagedLinesNeverBreakTheReader) {
  std::mt19937 random(7);
  std::vector<std::string> lines;
  for (const FromWorker& reply : replies()) lines.push_back(without_newline(to_line(reply)));
  for (const ToWorker& request : requests()) lines.push_back(without_newline(to_line(request)));
  int accepted = 0;
  for (int round = 0; round < 30000; ++round) {
    std::string line = lines[random() % lines.size()];
    for (std::size_t change = random() % 4; change > 0; --change) {
      const std::size_t at = random() % (line.size() + 1);
      switch (random() % 4) {
        case 0:
          line.insert(at, 1, static_cast<char>(random() % 256));
          break;
        case 1:
          line.erase(at, random() % 8);
          break;
        case 2:
          line.insert(at, line.substr(at, random() % 16));
          break;
        default:
          if (at < line.size()) line[at] = static_cast<char>(random() % 256);
      }
    }
    if (const auto reply = parse_from_worker(line)) {
      ++accepted;
      const std::string again = without_newline(to_line(*reply));
      ASSERT_TRUE(is_valid_utf8(again));
      ASSERT_EQ(parse_from_worker(again), *reply) << line;
    }
    if (const auto request = parse_to_worker(line)) {
      ++accepted;
      ASSERT_EQ(parse_to_worker(without_newline(to_line(*request))), *request) << line;
    }
  }
  EXPECT_GT(accepted, 5000);
}

}  // namespace
}  // namespace transcribed::wire
