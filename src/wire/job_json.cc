#include "wire/job_json.h"

#include <fmt/format.h>

#include "wire/transcript_json.h"

namespace transcribed::wire {
namespace json = boost::json;
namespace {

json::value time_or_null(const std::optional<core::WallTime>& time) {
  if (!time) return nullptr;
  return json::value(to_rfc3339(*time));
}

json::object failure_json(const core::Failure& failure) {
  return {{"kind", core::to_string(failure.kind)}, {"message", failure.message}};
}

}  // namespace

std::string to_rfc3339(core::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

json::object to_json(const core::Job& job, double progress,
                     const std::optional<core::Reason>& reason, std::optional<double> eta_s) {
  json::object out;
  out["id"] = job.id.to_string();
  out["state"] = core::to_string(job.state);
  out["model"] = job.model;
  out["name"] = job.name;
  out["created_at"] = to_rfc3339(job.created_at);
  out["started_at"] = time_or_null(job.started_at);
  out["ended_at"] = time_or_null(job.ended_at);
  out["attempt"] = job.attempt;
  out["gpu_id"] = job.gpu_id ? json::value(*job.gpu_id) : json::value(nullptr);
  out["progress"] = progress;
  out["audio_seconds"] = job.audio_seconds ? json::value(*job.audio_seconds) : json::value(nullptr);
  out["eta_seconds"] = eta_s ? json::value(*eta_s) : json::value(nullptr);
  out["reason"] = reason ? json::value({{"code", reason->code}, {"message", reason->message}})
                         : json::value(nullptr);
  out["error"] = job.failure ? json::value(failure_json(*job.failure)) : json::value(nullptr);
  out["priority"] = job.queue.priority;
  out["owner"] = job.owner.empty() ? json::value(nullptr) : json::value(job.owner);
  out["interactive"] = job.interactive;
  out["source_url"] = job.source_url.empty() ? json::value(nullptr) : json::value(job.source_url);
  out["language"] = job.language.empty() ? json::value(nullptr) : json::value(job.language);
  out["options"] = to_json(job.options);
  json::array lost;
  for (const core::LostAttempt& one : job.lost) {
    json::object entry = failure_json(one.failure);
    entry["attempt"] = one.attempt;
    lost.push_back(std::move(entry));
  }
  out["lost_attempts"] = std::move(lost);
  return out;
}

}  // namespace transcribed::wire
