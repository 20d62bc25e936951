// One line of a protocol of JSON Lines: an object whose "type" names the message. What the
// protocols with engines and with the fetcher share. Any thread; each has a parser of its own.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace transcribed::wire {

// Nothing when it worked, else a sentence.
using ReadMessage =
    std::function<std::optional<std::string>(std::string_view type, const boost::json::object&)>;

// Calls `read` with the object, which lives only during the call. The error is a sentence: `read`'s
// own after the type, or why this is no such line (longer than `max_bytes` with its newline, no
// JSON, no object, no type). Bytes that are no UTF-8 cost the character, not the line.
std::optional<std::string> parse_line(std::string_view line, std::size_t max_bytes,
                                      const ReadMessage& read);

}  // namespace transcribed::wire
