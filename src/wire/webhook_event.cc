#include "wire/webhook_event.h"

#include <fmt/format.h>

#include "wire/json_text.h"
#include "wire/utf8.h"

namespace transcribed::wire {

std::optional<std::string_view> webhook_event_type(core::JobState state) {
  switch (state) {
    case core::JobState::completed:
      return "transcription.completed";
    case core::JobState::failed:
      return "transcription.failed";
    case core::JobState::cancelled:
      return "transcription.cancelled";
    case core::JobState::queued:
    case core::JobState::running:
      break;
  }
  return std::nullopt;
}

std::string webhook_event_id(core::JobId job, core::WallTime ended_at) {
  return fmt::format("evt_{}_{:x}", job.to_string(), ended_at.time_since_epoch().count());
}

std::string to_body(const WebhookEvent& event) {
  const auto created = std::chrono::floor<std::chrono::seconds>(event.created_at);
  const boost::json::object body{{"id", event.id},
                                 {"object", "event"},
                                 {"type", event.type},
                                 {"created_at", created.time_since_epoch().count()},
                                 {"data", event.data}};
  // Whatever comes on the way must not change a byte of what is signed.
  return to_valid_utf8(to_text(body));
}

}  // namespace transcribed::wire
