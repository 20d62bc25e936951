// JSON as text for people's eyes as well: 0.25, not 2.5E-1, which is what Boost.JSON 1.81 writes.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace transcribed::wire {

// Compact, one line. A number that is not finite becomes null.
std::string to_text(const boost::json::value& value);

}  // namespace transcribed::wire
