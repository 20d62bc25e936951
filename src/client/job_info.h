// A job as the server's JSON tells it. Read leniently: a field that is missing or of another type
// is as if absent, so that an older client follows a newer server.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "core/job.h"
#include "core/time.h"

namespace transcribed::client {

struct LostAttemptInfo {
  int attempt = 0;
  std::string kind;
  std::string message;
};

struct JobInfo {
  std::string id;
  std::string state_word;               // as the server wrote it
  std::optional<core::JobState> state;  // nothing: a word this client does not know
  std::string model;
  std::string name;
  std::string created_at;  // RFC 3339, "" when absent
  std::string started_at;
  std::string ended_at;
  int attempt = 0;
  std::optional<int> gpu_id;
  double progress = 0;  // 0-1
  std::optional<double> audio_seconds;
  std::optional<double> eta_seconds;  // until its end, as the server reckons
  int priority = 0;
  bool interactive = false;  // a client of /v1 or /asr sent it, and waited
  std::string language;
  std::string reason_code;  // "" when there is none
  std::string reason;
  std::optional<int> position;  // in the queue, from 1, where the server tells it
  std::string error_kind;
  std::string error;
  std::vector<LostAttemptInfo> lost;

  bool ended() const { return state && core::has_ended(*state); }
};

// Nothing when it has no "id" or "state".
std::optional<JobInfo> read_job(const boost::json::object& object);

// "2026-08-01T22:15:03.120Z"; nothing for anything else.
std::optional<core::WallTime> parse_rfc3339(std::string_view text);

// Nothing when `key` is absent or no text.
std::optional<std::string> text_field(const boost::json::object& object, std::string_view key);
std::optional<double> number_field(const boost::json::object& object, std::string_view key);
// Rounded toward zero; nothing when it does not fit.
std::optional<long long> whole_field(const boost::json::object& object, std::string_view key);

}  // namespace transcribed::client
