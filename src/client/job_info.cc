#include "client/job_info.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace transcribed::client {

namespace json = boost::json;

std::optional<std::string> text_field(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<double> number_field(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->to_number<double>();
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<long long> whole_field(const json::object& object, std::string_view key) {
  const auto number = number_field(object, key);
  if (!number || std::abs(*number) > 9e15) return std::nullopt;
  return static_cast<long long>(*number);
}

namespace {

std::optional<int> int_field(const json::object& object, std::string_view key) {
  const auto number = whole_field(object, key);
  if (!number || *number > std::numeric_limits<int>::max() ||
      *number < std::numeric_limits<int>::min()) {
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

const json::object* object_field(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

}  // namespace

std::optional<JobInfo> read_job(const json::object& object) {
  const auto id = text_field(object, "id");
  const auto state = text_field(object, "state");
  if (!id || id->empty() || !state) return std::nullopt;
  JobInfo job;
  job.id = *id;
  job.state_word = *state;
  job.state = core::parse_job_state(*state);
  job.model = text_field(object, "model").value_or("");
  job.name = text_field(object, "name").value_or("");
  job.created_at = text_field(object, "created_at").value_or("");
  job.started_at = text_field(object, "started_at").value_or("");
  job.ended_at = text_field(object, "ended_at").value_or("");
  job.attempt = int_field(object, "attempt").value_or(0);
  job.gpu_id = int_field(object, "gpu_id");
  job.progress = std::clamp(number_field(object, "progress").value_or(0), 0.0, 1.0);
  job.audio_seconds = number_field(object, "audio_seconds");
  job.eta_seconds = number_field(object, "eta_seconds");
  job.priority = int_field(object, "priority").value_or(0);
  const json::value* interactive = object.if_contains("interactive");
  job.interactive = interactive != nullptr && *interactive == true;
  job.language = text_field(object, "language").value_or("");
  job.position = int_field(object, "position");
  if (const json::object* reason = object_field(object, "reason")) {
    job.reason_code = text_field(*reason, "code").value_or("");
    job.reason = text_field(*reason, "message").value_or(job.reason_code);
    if (!job.position) job.position = int_field(*reason, "position");
  }
  if (const json::object* error = object_field(object, "error")) {
    job.error_kind = text_field(*error, "kind").value_or("");
    job.error = text_field(*error, "message").value_or(job.error_kind);
  }
  const json::value* lost = object.if_contains("lost_attempts");
  if (lost != nullptr && lost->is_array()) {
    for (const json::value& entry : lost->get_array()) {
      const json::object* attempt = entry.if_object();
      if (attempt == nullptr) continue;
      job.lost.push_back({int_field(*attempt, "attempt").value_or(0),
                          text_field(*attempt, "kind").value_or(""),
                          text_field(*attempt, "message").value_or("")});
    }
  }
  return job;
}

std::optional<core::WallTime> parse_rfc3339(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, taken = 0;
  double second = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%lfZ%n", &year, &month, &day, &hour, &minute,
                  &second, &taken) != 6 ||
      taken != static_cast<int>(copy.size())) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || !(second >= 0) ||
      second >= 61) {
    return std::nullopt;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::milliseconds(std::llround(second * 1000));
}

}  // namespace transcribed::client
