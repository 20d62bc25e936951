// What a webhook says: that a job has ended, as an event in the shape of OpenAI's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "core/job.h"

namespace transcribed::wire {

// "transcription.completed", ".failed" or ".cancelled"; nothing for a job that has not ended.
std::optional<std::string_view> webhook_event_type(core::JobState state);

// The event's id, "evt_..." of letters, digits and "_". The same for the same end of the same job,
// so that it can be made again after a restart; another when a job that was tried again ends again.
std::string webhook_event_id(core::JobId job, core::WallTime ended_at);

struct WebhookEvent {
  std::string id;
  std::string_view type;
  core::WallTime created_at;  // when the job ended
  boost::json::object data;   // the job, as the API shows it
};

// {"id","object":"event","type","created_at":seconds of Unix time,"data":{...}}, one line. These
// bytes are what is signed and sent.
std::string to_body(const WebhookEvent& event);

}  // namespace transcribed::wire
