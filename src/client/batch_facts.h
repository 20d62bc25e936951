// What happens to a batch as JSON for programs: the lines of --json. Pure.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "client/inputs.h"
#include "client/job_info.h"

namespace transcribed::client {

// {"event":...,"file":...,"id":...|null}: what every event about a file begins with.
boost::json::object file_facts(std::string_view event, const Input& input, const std::string& id);
boost::json::object running_facts(const Input& input, const JobInfo& job);
// With "message", unless that is empty.
boost::json::object problem_facts(std::string_view event, const Input& input, const std::string& id,
                                  std::string_view message);
// {"event":"notice","message":...}
boost::json::object notice_facts(std::string_view sentence);

}  // namespace transcribed::client
