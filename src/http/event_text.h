// Events as the text of Server-Sent Events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html). Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "core/job_id.h"
#include "scheduler/event_bus.h"

namespace transcribed::http {

// Where a reader is: "<boot>-<seq>".
struct EventId {
  std::string boot;
  std::uint64_t seq = 0;
};
std::string to_string(const EventId& id);
// Nothing when it is none of any daemon's.
std::optional<EventId> parse_event_id(std::string_view text);

// What a reader wants.
class EventFilter {
 public:
  // Everything.
  EventFilter() = default;
  // "job,progress". The error is a sentence.
  static tl::expected<EventFilter, std::string> parse(std::string_view types);

  // Of this job alone.
  void only(core::JobId job) { job_ = job; }
  const std::optional<core::JobId>& job() const { return job_; }

  bool wants(scheduler::EventType type) const { return (types_ & bit(type)) != 0; }
  bool wants(const scheduler::Event& event) const { return is_of(event) && wants(event.type); }
  // Nothing comes after it that this reader could want.
  bool ends_with(const scheduler::Event& event) const { return job_ && event.last && is_of(event); }

  auto operator<=>(const EventFilter&) const = default;

 private:
  static std::uint8_t bit(scheduler::EventType type) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(type));
  }
  bool is_of(const scheduler::Event& event) const { return !job_ || event.job == job_; }

  std::uint8_t types_ = 0xff;
  std::optional<core::JobId> job_;
};

// Append an event, and its id where there is one.
void append_event(std::string& out, std::string_view boot, const scheduler::Event& event);
void append_event(std::string& out, std::string_view name, std::string_view json,
                  const std::optional<EventId>& id);
// An id without an event: the reader goes on from there when it comes back.
void append_place(std::string& out, const EventId& id);

// How long a browser waits before it comes back; goes before anything else.
inline constexpr std::string_view retry_line = "retry: 2000\n";
// Keeps proxies, and readers that give up on silence, content.
inline constexpr std::string_view heartbeat_line = ": still here\n";

}  // namespace transcribed::http
