// The real fetcher as the daemon sees it: lines in, lines out, every wait with a deadline.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/scripted_http_server.h"
#include "tests/integration/temporary_folder.h"
#include "tests/integration/waiting.h"
#include "tests/integration/worker_process.h"
#include "wire/fetcher_protocol.h"

namespace transcribed::tests {

class FetcherTest : public testing::Test {
 protected:
  using Kind = wire::fetcher::FailureKind;
  using Fetch = wire::fetcher::Fetch;
  using Post = wire::fetcher::Post;
  using Failed = wire::fetcher::Failed;
  using Fetched = wire::fetcher::Fetched;
  using Posted = wire::fetcher::Posted;
  using Progress = wire::fetcher::FetchProgress;
  using Answer = wire::fetcher::FromFetcher;

  // Anew, with these arguments; before the program NAME=value for its environment, or a program
  // that starts it.
  void start(std::vector<std::string> arguments = {}, std::vector<std::string> before = {}) {
    std::vector<std::string> argv{"/usr/bin/env"};
    std::ranges::move(before, std::back_inserter(argv));
    argv.emplace_back(TRANSCRIBED_FETCHER);
    std::ranges::move(arguments, std::back_inserter(argv));
    process_ = std::make_unique<WorkerProcess>(std::move(argv));
  }
  WorkerProcess& process() {
    if (!process_) start();
    return *process_;
  }
  void send(const wire::fetcher::ToFetcher& request) {
    process().send_raw(wire::fetcher::to_line(request));
  }

  // Of a server on loopback, unless a test says otherwise.
  Fetch fetch(std::string url, std::string id = "one") const {
    Fetch fetch;
    fetch.file = (folder_.path() / id).string();
    fetch.id = std::move(id);
    fetch.url = std::move(url);
    fetch.max_bytes = 1 << 30;
    fetch.allow_private = true;
    fetch.connect_timeout = fetch.idle_timeout = fetch.total_timeout = patience;
    return fetch;
  }
  static Post post(std::string url, std::string body = "{}") {
    Post post;
    post.id = "one";
    post.url = std::move(url);
    post.body = std::move(body);
    post.allow_private = true;
    post.timeout = patience;
    return post;
  }

  // The next message; fails the test when there is none.
  Answer next() {
    const auto line = process().next_line(patience);
    if (!line) {
      ADD_FAILURE() << "nothing more came";
      return Failed{};
    }
    auto message = wire::fetcher::parse_from_fetcher(*line);
    EXPECT_TRUE(message) << *line << ": " << message.error();
    return message.value_or(Answer{});
  }
  // The next that is no progress; what was passed on the way is kept.
  Answer next_end() {
    for (;;) {
      Answer answer = next();
      const auto* progress = std::get_if<Progress>(&answer);
      if (progress == nullptr) return answer;
      passed_.push_back(*progress);
    }
  }
  // Of each, by its id.
  std::map<std::string, Answer> ends(std::size_t count) {
    std::map<std::string, Answer> all;
    for (std::size_t i = 0; i < count; ++i) {
      Answer answer = next_end();
      const std::string id = std::visit([](const auto& one) { return one.id; }, answer);
      all.emplace(id, std::move(answer));
    }
    return all;
  }

  template <typename Wanted>
  static Wanted as(const Answer& answer) {
    if (const auto* wanted = std::get_if<Wanted>(&answer)) return *wanted;
    ADD_FAILURE() << "another end: " << wire::fetcher::to_line(answer);
    return {};
  }
  Fetched fetched(const Fetch& request) {
    send(request);
    return as<Fetched>(next_end());
  }
  // A failure leaves nothing behind.
  Failed refused(const Fetch& request) {
    send(request);
    Failed failed = as<Failed>(next_end());
    EXPECT_THAT(entries(), testing::IsEmpty());
    EXPECT_THAT(failed.message, testing::EndsWith(".")) << "a sentence";
    return failed;
  }
  Answer answer_to(const Post& request) {
    send(request);
    return next_end();
  }

  std::vector<std::string> entries() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }
  std::string content(const std::string& name = "one") const {
    std::ifstream file(folder_.path() / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void expect_clean_end() { EXPECT_EQ(process().wait(), 0); }

  static fakes::ScriptedAnswer answer(int status, std::string body = "",
                                      std::map<std::string, std::string> headers = {}) {
    fakes::ScriptedAnswer made;
    made.status = status;
    made.body = std::move(body);
    made.headers = std::move(headers);
    made.content_type = "audio/mpeg";
    return made;
  }

  const TemporaryFolder folder_;
  std::vector<Progress> passed_;

 private:
  std::unique_ptr<WorkerProcess> process_;
};

}  // namespace transcribed::tests
