#include "wire/fetcher_protocol.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::wire::fetcher {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string without_newline(std::string line) {
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  line.pop_back();
  return line;
}

Fetch fetch() {
  Fetch fetch;
  fetch.id = "f1";
  fetch.url = "https://example.com/a%20b.mp3?x=\"1\"";
  fetch.file = "/data/uploads/abc";
  fetch.max_bytes = 5'000'000'000;
  fetch.min_free_disk_mb = 1'000;
  fetch.connect_timeout = 10s;
  fetch.idle_timeout = 250ms;
  fetch.total_timeout = 1h;
  return fetch;
}

Post post() {
  Post post;
  post.id = "p1";
  post.url = "http://192.0.2.1:8080/hook";
  post.headers = {{"webhook-id", "evt_1"}, {"Content-Type", "application/json"}};
  post.body = "{\"text\":\"line\\n\xc3\xa9\"}\n";
  post.allow_private = true;
  post.timeout = 20s;
  return post;
}

std::string problem_with(std::string_view line) {
  const auto message = parse_to_fetcher(line);
  return message ? "none" : message.error().id + ": " + message.error().problem;
}

// `fetch()` as a line, with one piece of it replaced.
std::string changed(const std::string& from, const std::string& to) {
  std::string line = without_newline(to_line(ToFetcher(fetch())));
  const auto at = line.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << line;
  return line.replace(at, from.size(), to);
}

TEST(FetcherProtocol, RequestsComeBackAsTheyWent) {
  for (const ToFetcher& request :
       std::vector<ToFetcher>{fetch(), post(), Cancel{"f1"}, Shutdown{}}) {
    const std::string line = without_newline(to_line(request));
    const auto parsed = parse_to_fetcher(line);
    ASSERT_TRUE(parsed) << line << ": " << parsed.error().problem;
    EXPECT_EQ(*parsed, request) << line;
  }
}

TEST(FetcherProtocol, AnswersComeBackAsTheyWent) {
  std::vector<FromFetcher> answers{FetchProgress{"f1", 5'000'000'000, 6'000'000'000},
                                   FetchProgress{"f1", 0, {}},
                                   Fetched{"f1", 7, "audio/mpeg", "a \"b\".mp3"},
                                   Fetched{"f1", 0, "", ""},
                                   Posted{"p1", 204, {}},
                                   Posted{"p1", 503, 120}};
  for (const auto kind :
       {FailureKind::refused_address, FailureKind::bad_url, FailureKind::unreachable,
        FailureKind::http_status, FailureKind::too_large, FailureKind::timeout,
        FailureKind::disk_full, FailureKind::tls, FailureKind::cancelled, FailureKind::internal}) {
    answers.push_back(Failed{"f1", kind, {}, "A sentence."});
  }
  answers.push_back(Failed{"f1", FailureKind::http_status, 404, "There is nothing."});
  for (const FromFetcher& answer : answers) {
    const std::string line = without_newline(to_line(answer));
    const auto parsed = parse_from_fetcher(line);
    ASSERT_TRUE(parsed) << line << ": " << parsed.error();
    EXPECT_EQ(*parsed, answer) << line;
  }
}

TEST(FetcherProtocol, LinesAreThoseOfTheDocumentation) {
  EXPECT_EQ(to_line(ToFetcher(fetch())),
            "{\"type\":\"fetch\",\"id\":\"f1\",\"url\":\"https://example.com/"
            "a%20b.mp3?x=\\\"1\\\"\",\"file\":\"/data/uploads/abc\",\"max_bytes\":5000000000,"
            "\"min_free_disk_mb\":1000,\"allow_private\":false,\"connect_timeout_s\":10,"
            "\"idle_timeout_s\":0.25,\"total_timeout_s\":3600}\n");
  EXPECT_EQ(to_line(FromFetcher(Failed{"f1", FailureKind::http_status, 404, "Gone."})),
            "{\"type\":\"failed\",\"id\":\"f1\",\"kind\":\"http_status\",\"status\":404,"
            "\"message\":\"Gone.\"}\n");
}

TEST(FetcherProtocol, AnotherVersionMaySayMore) {
  EXPECT_EQ(problem_with(changed("\"max_bytes\"", "\"color\":\"red\",\"max_bytes\"")), "none");
  EXPECT_EQ(problem_with(changed("\"min_free_disk_mb\":1000,", "")), "none");
  EXPECT_EQ(problem_with(changed("\"allow_private\":false", "\"allow_private\":null")), "none");
}

TEST(FetcherProtocol, WhatARequestLacksIsNamedWithItsId) {
  const struct {
    const char* from;
    const char* to;
    const char* problem;
  } cases[] = {
      {"\"url\":\"https://example.com/a%20b.mp3?x=\\\"1\\\"\",", "", "f1: fetch: \"url\""},
      {"/data/uploads/abc", "", "f1: fetch: \"file\""},
      {"/data/uploads/abc", "uploads/abc", "f1: fetch: \"file\" must be an absolute path"},
      {"/data/uploads/abc", "/data/\\u0000", "f1: fetch: \"file\" holds a zero byte"},
      {"\"max_bytes\":5000000000,", "", "f1: fetch: \"max_bytes\""},
      {"5000000000", "-1", "f1: fetch: \"max_bytes\""},
      {"5000000000", "1.5", "f1: fetch: \"max_bytes\""},
      {"5000000000", "1e300", "f1: fetch: \"max_bytes\""},
      {"\"connect_timeout_s\":10", "\"connect_timeout_s\":0", "\"connect_timeout_s\" must be"},
      {"\"idle_timeout_s\":0.25", "\"idle_timeout_s\":-1", "\"idle_timeout_s\" must be"},
      {"\"total_timeout_s\":3600", "\"total_timeout_s\":1e12", "\"total_timeout_s\" must be"},
      {"\"allow_private\":false", "\"allow_private\":1", "f1: fetch: \"allow_private\""},
      {"\"id\":\"f1\"", "\"id\":\"\"", ": fetch: \"id\""},
      {"\"id\":\"f1\"", "\"id\":5", ": fetch: \"id\""},
  };
  for (const auto& one : cases) {
    EXPECT_THAT(problem_with(changed(one.from, one.to)), HasSubstr(one.problem)) << one.to;
  }
  EXPECT_THAT(problem_with(R"({"type":"post","id":"p","url":"u","timeout_s":1,"headers":{"a":1}})"),
              HasSubstr("p: post: \"headers\" must hold strings"));
  EXPECT_THAT(problem_with(R"({"type":"cancel"})"), HasSubstr(": cancel: \"id\""));
}

TEST(FetcherProtocol, WhatIsNoLineOfItIsNone) {
  for (const char* line : {"", "garbage", "[]", "{}", "{\"type\":5}", "{\"type\":\"dance\"}",
                           "{\"type\":\"shutdown\"", "{\"type\":\"fetch\",\"id\":\"x\"} more"}) {
    EXPECT_FALSE(parse_to_fetcher(line)) << line;
    EXPECT_FALSE(parse_from_fetcher(line)) << line;
  }
  EXPECT_THAT(problem_with(std::string(max_line_bytes, ' ')), HasSubstr("a line longer than"));
  EXPECT_FALSE(parse_from_fetcher(R"({"type":"failed","id":"x","kind":"bored","message":""})"));
}

}  // namespace
}  // namespace transcribed::wire::fetcher
