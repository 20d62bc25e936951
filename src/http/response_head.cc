#include "http/response_head.h"

#include <charconv>
#include <cstdint>
#include <iterator>

#include "http/errors.h"

namespace transcribed::http {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(std::begin(digits), std::end(digits), number).ptr);
}

}  // namespace

void append_head(std::string& out, const Response& response, Framing framing,
                 std::string_view date_line, std::string_view connection_line) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nServer: transcribed\r\n";
  out += date_line;
  if (!response.content_type.empty()) {
    out += "Content-Type: ";
    out += response.content_type;
    out += "\r\nX-Content-Type-Options: nosniff\r\n";
  }
  if (framing == Framing::chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (framing == Framing::by_length && response.status != 204 && response.status != 304) {
    // A 304's would be the length of what it stands for (RFC 9110, 8.6), not of its own nothing.
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  for (const auto& [name, value] : response.headers) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  out += connection_line;
  out += "\r\n";
}

}  // namespace transcribed::http
