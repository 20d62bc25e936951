// A server of one file that knows ranges, as a mirror of models is one; and can cut its answers
// short, change the file, or hold an answer back. Members may be called from the test's thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/fakes/scripted_http_server.h"

namespace transcribed::fakes {

class FileServer {
 public:
  explicit FileServer(std::string content) : content_(std::move(content)) {}
  ~FileServer() { release(); }

  std::string url() const { return server_.url(); }
  ScriptedHttpServer& http() { return server_; }

  void change(std::string content, std::string etag) {
    const std::lock_guard lock(mutex_);
    content_ = std::move(content);
    etag_ = std::move(etag);
  }
  // Of the next answers, one each: so many bytes of the body, then the connection ends.
  void cut_next(std::vector<std::size_t> bytes) {
    const std::lock_guard lock(mutex_);
    cuts_ = std::move(bytes);
  }
  void answer_next(std::vector<ScriptedAnswer> answers) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
  }
  void without_ranges() {
    const std::lock_guard lock(mutex_);
    ranges_ = false;
  }
  // Requests from number `first` (from 1) on wait until release().
  void hold_from(std::size_t first) {
    const std::lock_guard lock(mutex_);
    hold_from_ = first;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    hold_from_.reset();
    changed_.notify_all();
  }

  // "/ggml-x.bin", or "/ggml-x.bin bytes=10-" where a range was asked for.
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::vector<ScriptedRequest> heads() {
    const std::lock_guard lock(mutex_);
    return heads_;
  }
  bool wait_for_requests(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(60),
                             [&] { return requests_.size() >= count; });
  }

 private:
  ScriptedAnswer answer(const ScriptedRequest& request) {
    std::unique_lock lock(mutex_);
    const auto asked = request.headers.find("range");
    requests_.push_back(request.target +
                        (asked == request.headers.end() ? "" : " " + asked->second));
    heads_.push_back(request);
    changed_.notify_all();
    const std::size_t number = requests_.size();
    changed_.wait(lock, [&] { return !hold_from_ || number < *hold_from_; });
    if (!answers_.empty()) {
      ScriptedAnswer scripted = answers_.front();
      answers_.erase(answers_.begin());
      return scripted;
    }
    std::size_t from = 0;
    const auto version = request.headers.find("if-range");
    if (ranges_ && asked != request.headers.end() && asked->second.rfind("bytes=", 0) == 0 &&
        (version == request.headers.end() || version->second == etag_)) {
      from = std::stoull(asked->second.substr(6));
    }
    ScriptedAnswer whole;
    whole.content_type = "application/octet-stream";
    if (!etag_.empty()) whole.headers["ETag"] = etag_;
    whole.body = content_.substr(from);
    if (from > 0) {
      whole.status = 206;
      whole.headers["Content-Range"] = "bytes " + std::to_string(from) + "-" +
                                       std::to_string(content_.size() - 1) + "/" +
                                       std::to_string(content_.size());
    }
    if (cuts_.empty()) return whole;
    const std::size_t cut = cuts_.front();
    cuts_.erase(cuts_.begin());
    ScriptedAnswer short_one;
    std::string raw = from > 0 ? "HTTP/1.1 206 Partial Content\r\n" : "HTTP/1.1 200 OK\r\n";
    for (const auto& [name, value] : whole.headers) raw += name + ": " + value + "\r\n";
    raw += "Content-Length: " + std::to_string(whole.body.size()) + "\r\n\r\n";
    short_one.raw = raw + whole.body.substr(0, cut);
    return short_one;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string content_;
  std::string etag_ = "\"one\"";
  bool ranges_ = true;
  std::vector<std::size_t> cuts_;
  std::vector<ScriptedAnswer> answers_;
  std::optional<std::size_t> hold_from_;
  std::vector<std::string> requests_;
  std::vector<ScriptedRequest> heads_;
  // Last: its threads use all of the above.
  ScriptedHttpServer server_{[this](const ScriptedRequest& request) { return answer(request); }};
};

}  // namespace transcribed::fakes
