// What can be said of an http URL without a library for URLs: whether it is one, and which parts of
// it may be shown to people. Whether it leads anywhere is for whoever follows it to find out. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace transcribed::core {

// Bytes. Some servers take no longer ones.
inline constexpr std::size_t longest_url = 2048;

// Why this is no URL that a recording could be fetched from or an event sent to: completes "The URL
// ...". Nothing: it may be one.
std::optional<std::string> why_no_http_url(std::string_view url);

// Host and port, as they stand there. What follows may hold a key, and is nobody else's business.
std::string_view url_host(std::string_view url);

// What stands after the path's last slash, as it is written (%20 stays); may be empty.
std::string_view url_file_name(std::string_view url);

}  // namespace transcribed::core
