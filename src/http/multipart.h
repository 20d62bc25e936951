// Reads multipart/form-data (RFC 7578, RFC 2046) as it arrives, in pieces cut anywhere, in bounded
// memory: fields are collected, files are handed on. No I/O, no threads, no exceptions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace transcribed::http {

struct MultipartLimits {
  std::size_t part_header_bytes = 8 * 1024;
  std::size_t field_bytes = 64 * 1024;
  std::size_t all_fields_bytes = 1024 * 1024;  // names and values together
  std::size_t parts = 64;
  std::size_t preamble_bytes = 64 * 1024;
};

struct MultipartError {
  std::string code;        // "field_too_large"
  std::string message;     // a sentence
  std::string param;       // the part's name where there is one
  bool too_large = false;  // a limit was passed; otherwise the body is malformed
};

// What the parts are handed to. Returning false stops the parser; it then takes nothing more.
class MultipartReader {
 public:
  virtual ~MultipartReader() = default;
  virtual bool on_field(std::string name, std::string value) = 0;
  // A part with a file name, be it an empty one.
  virtual bool on_file(std::string name, std::string file_name) = 0;
  virtual bool on_file_data(std::string_view piece) = 0;
  virtual bool on_file_end() = 0;
};

class MultipartParser {
 public:
  // `boundary` as found by multipart_boundary(); `reader` must outlive the parser.
  MultipartParser(std::string_view boundary, MultipartReader& reader, MultipartLimits limits = {});

  enum class Result {
    more,     // all taken, more is to come
    done,     // the final boundary was seen; what comes after it is ignored
    stopped,  // the reader returned false
    error,    // see error()
  };
  Result feed(std::string_view piece);
  // The body has ended: done, or an error for a body without its final boundary.
  Result finish();
  const MultipartError& error() const { return error_; }

 private:
  enum class State {
    preamble,
    after_delimiter,
    final_dash,
    line_end,
    headers,
    field,
    file,
    epilogue,
    failed
  };

  Result fail(std::string code, std::string message, bool too_large = false);
  Result fail_field_too_large();
  // Each takes from the front of `piece`; `more` means: go on with what is left.
  Result take_content(std::string_view& piece);
  Result take_delimiter_end(std::string_view& piece);
  Result take_headers(std::string_view& piece);
  Result content(std::string_view piece);
  Result end_part();
  Result begin_part();

  std::string delimiter_;  // "\r\n--" and the boundary
  MultipartReader& reader_;
  MultipartLimits limits_;
  MultipartError error_;
  State state_ = State::preamble;
  Result ended_ = Result::more;  // once not `more`, feed() repeats it
  std::size_t matched_ = 2;      // of the delimiter; the first needs no line break before it
  std::size_t preamble_seen_ = 0;
  std::size_t padding_seen_ = 0;
  std::size_t fields_seen_ = 0;  // bytes
  std::size_t parts_seen_ = 0;
  std::string headers_;
  std::string name_;
  std::string value_;
};

// The boundary of a Content-Type of multipart/form-data; nothing when it is another type, or has no
// boundary that RFC 2046 allows.
std::optional<std::string> multipart_boundary(std::string_view content_type);

}  // namespace transcribed::http
