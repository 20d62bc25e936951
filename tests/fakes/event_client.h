// Follows events as a browser's EventSource would, but only as far as a test asks it to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/json/parse.hpp>

#include "tests/fakes/raw_http_client.h"

namespace transcribed::fakes {

struct SseEvent {
  std::string id;  // empty: it had none of its own
  std::string name;
  std::string data;

  boost::json::object json() const { return boost::json::parse(data).as_object(); }
};

class EventClient {
 public:
  // `last_id`: where it was, sent as a header; empty: it is new.
  explicit EventClient(std::uint16_t port, const std::string& target = "/api/events",
                       const std::string& last_id = {}, int receive_buffer = 0)
      : client_(port, receive_buffer), last_id_(last_id) {
    client_.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" +
                 (last_id.empty() ? "" : "Last-Event-ID: " + last_id + "\r\n") + "\r\n");
    head_ = client_.read_head();
  }

  const RawResponse& head() const { return head_; }
  // Of the last event that had one; where it would go on from.
  const std::string& last_id() const { return last_id_; }
  int retry_ms() const { return retry_ms_; }
  int comments() const { return comments_; }

  // The next event; nothing once the stream has come to its end. Throws when it is cut short, or
  // nothing comes for long.
  std::optional<SseEvent> next() {
    while (true) {
      const auto block = next_block();
      if (!block) return std::nullopt;
      SseEvent event = read_block(*block);
      if (!event.name.empty()) return event;
    }
  }
  // One with this name, whatever comes before it.
  SseEvent next(const std::string& name) {
    while (auto event = next()) {
      if (event->name == name) return std::move(*event);
    }
    throw std::runtime_error("the stream ended before a " + name);
  }
  // Reads on to the first comment.
  void wait_for_comment() {
    for (const int before = comments_; comments_ == before;) {
      const auto block = next_block();
      if (!block) throw std::runtime_error("the stream ended before a comment");
      read_block(*block);
    }
  }
  // Reads up to the place it begins at.
  void wait_for_place() {
    while (last_id_.empty()) {
      const auto block = next_block();
      if (!block) throw std::runtime_error("the stream ended before a place");
      read_block(*block);
    }
  }
  // The stream has ended in order, and the server closes the connection.
  bool connection_ends() { return client_.closed_by_server(); }

 private:
  std::optional<std::string> next_block() {
    while (text_.find("\n\n") == std::string::npos) {
      const auto chunk = client_.read_chunk();
      if (chunk.empty()) return std::nullopt;
      text_ += chunk;
    }
    const auto end = text_.find("\n\n");
    std::string block = text_.substr(0, end + 1);
    text_.erase(0, end + 2);
    return block;
  }

  SseEvent read_block(const std::string& block) {
    SseEvent event;
    for (std::size_t at = 0; at < block.size();) {
      const auto end = block.find('\n', at);
      const auto line = block.substr(at, end - at);
      at = end + 1;
      const auto colon = line.find(':');
      if (colon == 0) ++comments_;
      const auto field = line.substr(0, colon);
      const auto value = line.substr(std::min(colon + 2, line.size()));
      if (field == "id") last_id_ = event.id = value;
      if (field == "event") event.name = value;
      if (field == "data") event.data = value;
      if (field == "retry") retry_ms_ = std::atoi(value.c_str());
    }
    return event;
  }

  RawHttpClient client_;
  RawResponse head_;
  std::string text_;
  std::string last_id_;
  int retry_ms_ = 0;
  int comments_ = 0;
};

}  // namespace transcribed::fakes
