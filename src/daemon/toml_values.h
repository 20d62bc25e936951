// Values of a TOML file with the type they must have. The errors complete a sentence that begins
// with the key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <toml++/toml.h>
#include <tl/expected.hpp>

namespace transcribed::daemon {

tl::expected<std::int64_t, std::string> integer_of(const toml::node& node, std::int64_t min,
                                                   std::int64_t max);
tl::expected<bool, std::string> boolean_of(const toml::node& node);
tl::expected<std::string, std::string> text_of(const toml::node& node);
tl::expected<std::vector<std::string>, std::string> list_of(const toml::node& node);

// "a string", "a table".
std::string kind_of(const toml::node& node);

}  // namespace transcribed::daemon
