// Jobs as text for people. Pure; `now` is the wall clock.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/job_info.h"
#include "core/time.h"

namespace transcribed::client {

// Columns as wide as their content; the last one is cut where a line would pass `width` columns
// (0: no limit). Cells are escaped already.
std::string render_table(const std::vector<std::vector<std::string>>& rows, int width);

std::string jobs_table(const std::vector<JobInfo>& jobs, core::WallTime now, int width);
// Every field, a line each.
std::string job_details(const JobInfo& job, core::WallTime now);
// Why the job is where it is, in sentences.
std::string explain_job(const JobInfo& job, core::WallTime now);

// "3 min ago"; the text itself when it is no time, "" for none.
std::string time_ago(std::string_view rfc3339, core::WallTime now);

}  // namespace transcribed::client
