// The status line and the headers of an answer as text.
#pragma once

#include <string>
#include <string_view>

#include "http/exchange.h"

namespace transcribed::http {

// How the client knows where the body ends.
enum class Framing { by_length, chunked, by_close };

// Appends them to `out`, the empty line included. `date_line` and `connection_line` are whole lines
// or empty. The length is that of the response's body, whether or not it is sent.
void append_head(std::string& out, const Response& response, Framing framing,
                 std::string_view date_line, std::string_view connection_line);

}  // namespace transcribed::http
