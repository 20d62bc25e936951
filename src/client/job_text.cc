#include "client/job_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "client/terminal_text.h"

namespace transcribed::client {
namespace {

std::string percent(double progress) {
  return fmt::format("{} %", static_cast<int>(std::floor(progress * 100 + 1e-9)));
}

std::string where(const JobInfo& job) {
  return job.gpu_id ? fmt::format("GPU {}", *job.gpu_id) : std::string("in an engine");
}

std::string why(const JobInfo& job) {
  if (!job.error.empty()) return escape_controls(job.error);
  if (job.state == core::JobState::running && job.gpu_id) {
    return job.reason.empty() ? where(job) : where(job) + ", " + escape_controls(job.reason);
  }
  return escape_controls(job.reason);
}

std::string age(std::string_view rfc3339, core::WallTime now) {
  const auto time = parse_rfc3339(rfc3339);
  if (!time) return escape_controls(rfc3339);
  return rough_duration(std::chrono::duration_cast<std::chrono::seconds>(now - *time));
}

std::string lost_attempts(const JobInfo& job) {
  std::string out;
  for (const LostAttemptInfo& lost : job.lost) {
    out += fmt::format("  attempt {} was lost ({}): {}\n", lost.attempt, escape_controls(lost.kind),
                       escape_controls(lost.message));
  }
  return out;
}

}  // namespace

std::string time_ago(std::string_view rfc3339, core::WallTime now) {
  if (rfc3339.empty()) return {};
  if (!parse_rfc3339(rfc3339)) return escape_controls(rfc3339);
  return age(rfc3339, now) + " ago";
}

std::string render_table(const std::vector<std::vector<std::string>>& rows, int width) {
  std::vector<int> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) {
      widths[c] = std::max(widths[c], display_width(row[c]));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0) line += "  ";
      line += c + 1 == row.size() ? row[c] : fit_to_width(row[c], widths[c]);
    }
    if (width > 0) line = cut_to_width(line, width);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string jobs_table(const std::vector<JobInfo>& jobs, core::WallTime now, int width) {
  // A very long name must not push the last column out of sight.
  const int name_limit = width > 0 ? std::max(16, width / 4) : 0;
  std::vector<std::vector<std::string>> rows{
      {"ID", "STATE", "DONE", "MODEL", "NAME", "AGE", "WHY"}};
  for (const JobInfo& job : jobs) {
    std::string name = escape_controls(job.name);
    if (name_limit > 0) name = cut_name_to_width(name, name_limit);
    rows.push_back({escape_controls(job.id), escape_controls(job.state_word), percent(job.progress),
                    escape_controls(job.model), std::move(name), age(job.created_at, now),
                    why(job)});
  }
  return render_table(rows, width);
}

std::string job_details(const JobInfo& job, core::WallTime now) {
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](std::string_view label, std::string value) {
    if (!value.empty()) rows.push_back({std::string(label), std::move(value)});
  };
  const auto time = [&](const std::string& text) {
    return text.empty() ? std::string()
                        : fmt::format("{} ({})", escape_controls(text), time_ago(text, now));
  };
  add("id", escape_controls(job.id));
  add("state", escape_controls(job.state_word));
  add("name", escape_controls(job.name));
  add("model", escape_controls(job.model));
  add("language", escape_controls(job.language));
  if (job.audio_seconds) {
    add("recording",
        clock_duration(std::chrono::seconds(std::llround(std::min(*job.audio_seconds, 1e9)))));
  }
  add("progress", percent(job.progress));
  if (job.priority != 0) add("priority", std::to_string(job.priority));
  add("submitted", time(job.created_at));
  add("started", time(job.started_at));
  add("ended", time(job.ended_at));
  if (job.attempt > 0) add("attempt", std::to_string(job.attempt));
  if (job.gpu_id) add("GPU", std::to_string(*job.gpu_id));
  add("reason", escape_controls(job.reason));
  add("error", escape_controls(job.error));
  return render_table(rows, 0) + lost_attempts(job);
}

std::string explain_job(const JobInfo& job, core::WallTime now) {
  std::string out =
      fmt::format("{} ({}, model {}) {} {}", escape_controls(job.id), escape_controls(job.name),
                  escape_controls(job.model), job.state == core::JobState::failed ? "has" : "is",
                  escape_controls(job.state_word));
  const auto sentence = [&](std::string text) { out += fmt::format("  {}\n", std::move(text)); };
  if (!job.state) return out + ".\n" + lost_attempts(job);
  switch (*job.state) {
    case core::JobState::queued:
      out += fmt::format(", submitted {}.\n", time_ago(job.created_at, now));
      sentence(job.reason.empty() ? "The server gives no reason: it is about to be looked at."
                                  : "It waits: " + escape_controls(job.reason));
      if (job.position) sentence(fmt::format("Place in line: {}", *job.position));
      if (!job.lost.empty()) sentence("It ran before:");
      break;
    case core::JobState::running:
      out += fmt::format(" on {}, {}, attempt {}, started {}.\n", where(job), percent(job.progress),
                         job.attempt, time_ago(job.started_at, now));
      if (!job.reason.empty()) sentence(escape_controls(job.reason));
      break;
    case core::JobState::completed:
      out += fmt::format(" (attempt {}, ended {}).\n", job.attempt, time_ago(job.ended_at, now));
      sentence(fmt::format("Its transcript: transcribe show {} -f txt", escape_controls(job.id)));
      break;
    case core::JobState::failed:
      out += fmt::format(" ({}, attempt {}, ended {}).\n", escape_controls(job.error_kind),
                         job.attempt, time_ago(job.ended_at, now));
      sentence(job.error.empty() ? "The server gives no reason." : escape_controls(job.error));
      break;
    case core::JobState::cancelled:
      out += fmt::format(" (ended {}).\n", time_ago(job.ended_at, now));
      if (job.interactive) {
        sentence(
            "It came over /v1 or /asr: it was cancelled by somebody, or because no client "
            "waited for it any more (server.abandoned_after_s)");
      }
      sentence(fmt::format("Start it anew: transcribe retry {}", escape_controls(job.id)));
      break;
  }
  return out + lost_attempts(job);
}

}  // namespace transcribed::client
