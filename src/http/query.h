// The part of a request's target after "?". Pure functions.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "http/errors.h"

namespace transcribed::http {

using Query = std::map<std::string, std::string, std::less<>>;

// Decoded, "+" being a blank. A name that is not in `known`, or comes twice, is an error: a typing
// error must not read as "no filter".
tl::expected<Query, ApiError> parse_query(std::string_view query,
                                          std::initializer_list<std::string_view> known);

// For clients of other servers, which send what those know: any name, and of a repeated one the
// last.
tl::expected<Query, ApiError> parse_any_query(std::string_view query);

}  // namespace transcribed::http
