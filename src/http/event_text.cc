#include "http/event_text.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "core/suggestion.h"

namespace transcribed::http {
namespace {

using scheduler::EventType;

void append_id(std::string& out, std::string_view boot, std::uint64_t seq) {
  out += "id: ";
  out += boot;
  out += '-';
  char digits[24];
  out.append(digits, std::to_chars(std::begin(digits), std::end(digits), seq).ptr);
  out += '\n';
}

void append_body(std::string& out, std::string_view name, std::string_view json) {
  out += "event: ";
  out += name;
  out += "\ndata: ";
  out += json;
  out += "\n\n";
}

}  // namespace

std::string to_string(const EventId& id) { return id.boot + "-" + std::to_string(id.seq); }

std::optional<EventId> parse_event_id(std::string_view text) {
  const auto dash = text.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  EventId id;
  id.boot = text.substr(0, dash);
  const auto number = text.substr(dash + 1);
  const auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), id.seq);
  if (failure != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  return id;
}

tl::expected<EventFilter, std::string> EventFilter::parse(std::string_view types) {
  EventFilter filter;
  filter.types_ = 0;
  while (!types.empty()) {
    const auto comma = std::min(types.find(','), types.size());
    const auto word = types.substr(0, comma);
    types.remove_prefix(std::min(comma + 1, types.size()));
    const auto type = scheduler::parse_event_type(word);
    if (!type) {
      return tl::make_unexpected(
          "There are no events \"" + std::string(word) +
          "\"; these are: job, progress, segment, removed, resources" +
          core::did_you_mean(word, {"job", "progress", "segment", "removed", "resources"}) + ".");
    }
    filter.types_ |= bit(*type);
  }
  if (filter.types_ == 0) {
    return tl::make_unexpected(
        std::string("\"types\" is empty; leave it out for all events, or name some of job, "
                    "progress, segment, removed, resources."));
  }
  return filter;
}

void append_event(std::string& out, std::string_view boot, const scheduler::Event& event) {
  append_id(out, boot, event.seq);
  append_body(out, scheduler::to_string(event.type), *event.json);
}

void append_event(std::string& out, std::string_view name, std::string_view json,
                  const std::optional<EventId>& id) {
  if (id) append_id(out, id->boot, id->seq);
  append_body(out, name, json);
}

void append_place(std::string& out, const EventId& id) {
  append_id(out, id.boot, id.seq);
  out += '\n';
}

}  // namespace transcribed::http
