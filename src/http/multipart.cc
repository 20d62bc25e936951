#include "http/multipart.h"

#include <algorithm>

#include "wire/header_parameters.h"

namespace transcribed::http {
namespace {

// How many bytes at the end of `piece` are the beginning of `delimiter`. Only its first character
// is a CR, so the last CR decides.
std::size_t delimiter_begun(std::string_view piece, std::string_view delimiter) {
  const auto tail = piece.substr(piece.size() - std::min(piece.size(), delimiter.size() - 1));
  const auto cr = tail.rfind('\r');
  if (cr == std::string_view::npos) return 0;
  const auto candidate = tail.substr(cr);
  return delimiter.starts_with(candidate) ? candidate.size() : 0;
}

}  // namespace

MultipartParser::MultipartParser(std::string_view boundary, MultipartReader& reader,
                                 MultipartLimits limits)
    : delimiter_("\r\n--" + std::string(boundary)), reader_(reader), limits_(limits) {}

MultipartParser::Result MultipartParser::fail(std::string code, std::string message,
                                              bool too_large) {
  error_ = MultipartError{std::move(code), std::move(message), name_, too_large};
  state_ = State::failed;
  return Result::error;
}

MultipartParser::Result MultipartParser::fail_field_too_large() {
  return fail("field_too_large",
              "The field \"" + name_ + "\" is longer than " + std::to_string(limits_.field_bytes) +
                  " bytes. A recording is sent as a part with a file name.",
              true);
}

MultipartParser::Result MultipartParser::feed(std::string_view piece) {
  while (ended_ == Result::more && !piece.empty()) {
    switch (state_) {
      case State::preamble:
      case State::field:
      case State::file:
        ended_ = take_content(piece);
        break;
      case State::after_delimiter:
      case State::final_dash:
      case State::line_end:
        ended_ = take_delimiter_end(piece);
        break;
      case State::headers:
        ended_ = take_headers(piece);
        break;
      case State::epilogue:
        ended_ = Result::done;
        break;
      case State::failed:
        ended_ = Result::error;
        break;
    }
  }
  if (ended_ == Result::more && state_ == State::epilogue) ended_ = Result::done;
  return ended_;
}

MultipartParser::Result MultipartParser::finish() {
  if (ended_ != Result::more) return ended_;
  name_.clear();
  ended_ = fail("body_cut_short",
                "The multipart body ends without its final boundary: the upload was cut short, or "
                "the boundary is not the one that Content-Type names.");
  return ended_;
}

MultipartParser::Result MultipartParser::take_content(std::string_view& piece) {
  const std::string_view delimiter = delimiter_;
  if (matched_ > 0) {
    // A delimiter begun in an earlier piece: either it goes on, or it was content after all.
    const auto wanted = delimiter.substr(matched_);
    const auto differs = std::mismatch(wanted.begin(), wanted.end(), piece.begin(), piece.end());
    const auto same = static_cast<std::size_t>(differs.first - wanted.begin());
    piece.remove_prefix(same);
    matched_ += same;
    if (matched_ == delimiter.size()) return end_part();
    if (piece.empty()) return Result::more;
    const auto held = matched_;
    matched_ = 0;
    if (const auto result = content(delimiter.substr(0, held)); result != Result::more) {
      return result;
    }
  }
  const auto found = piece.find(delimiter);
  if (found != std::string_view::npos) {
    const auto before = piece.substr(0, found);
    piece.remove_prefix(found + delimiter.size());
    if (const auto result = content(before); result != Result::more) return result;
    return end_part();
  }
  matched_ = delimiter_begun(piece, delimiter);
  const auto before = piece.substr(0, piece.size() - matched_);
  piece = {};
  return content(before);
}

MultipartParser::Result MultipartParser::content(std::string_view piece) {
  if (piece.empty()) return Result::more;
  if (state_ == State::file) return reader_.on_file_data(piece) ? Result::more : Result::stopped;
  if (state_ == State::preamble) {
    preamble_seen_ += piece.size();
    if (preamble_seen_ > limits_.preamble_bytes) {
      return fail("boundary_not_found",
                  "The body does not begin with the boundary that Content-Type names.");
    }
    return Result::more;
  }
  if (value_.size() + piece.size() > limits_.field_bytes) return fail_field_too_large();
  fields_seen_ += piece.size();
  if (fields_seen_ > limits_.all_fields_bytes) {
    return fail("fields_too_large",
                "The fields are longer than " + std::to_string(limits_.all_fields_bytes) +
                    " bytes together.",
                true);
  }
  value_.append(piece);
  return Result::more;
}

MultipartParser::Result MultipartParser::end_part() {
  const auto ended = state_;
  matched_ = 0;
  padding_seen_ = 0;
  state_ = State::after_delimiter;
  bool go_on = true;
  if (ended == State::field) go_on = reader_.on_field(std::move(name_), std::move(value_));
  if (ended == State::file) go_on = reader_.on_file_end();
  name_.clear();
  value_.clear();
  return go_on ? Result::more : Result::stopped;
}

MultipartParser::Result MultipartParser::take_delimiter_end(std::string_view& piece) {
  const char c = piece.front();
  piece.remove_prefix(1);
  if (state_ == State::final_dash) {
    if (c != '-')
      return fail("malformed_multipart",
                  "A multipart boundary is followed by neither a line break nor \"--\".");
    state_ = State::epilogue;
    return Result::more;
  }
  if (state_ == State::line_end) {
    if (c != '\n')
      return fail("malformed_multipart", "A multipart boundary is not followed by a line break.");
    headers_.clear();
    state_ = State::headers;
    return Result::more;
  }
  if (c == '-' && padding_seen_ == 0) {
    state_ = State::final_dash;
  } else if (c == '\r') {
    state_ = State::line_end;
  } else if (c == ' ' || c == '\t') {
    if (++padding_seen_ > 1024)
      return fail("malformed_multipart", "A multipart boundary is followed by too many blanks.");
  } else {
    return fail("malformed_multipart",
                "A multipart boundary is followed by neither a line break nor \"--\".");
  }
  return Result::more;
}

MultipartParser::Result MultipartParser::take_headers(std::string_view& piece) {
  // Line by line: an empty one ends the headers.
  const auto end = piece.find('\n');
  const auto taken = end == std::string_view::npos ? piece.size() : end + 1;
  if (headers_.size() + taken > limits_.part_header_bytes) {
    return fail("part_header_too_large",
                "The headers of a part are longer than " +
                    std::to_string(limits_.part_header_bytes) + " bytes.",
                true);
  }
  headers_.append(piece.substr(0, taken));
  piece.remove_prefix(taken);
  if (headers_ == "\r\n" || headers_.ends_with("\r\n\r\n")) return begin_part();
  return Result::more;
}

MultipartParser::Result MultipartParser::begin_part() {
  if (++parts_seen_ > limits_.parts) {
    return fail("too_many_parts",
                "The form has more than " + std::to_string(limits_.parts) + " parts.", true);
  }
  std::optional<wire::ParameterisedValue> disposition;
  std::string_view rest = headers_;
  rest.remove_suffix(2);  // the empty line
  while (!rest.empty()) {
    const auto end = rest.find("\r\n");
    if (end == std::string_view::npos)
      return fail("malformed_multipart", "A part's header line ends without CR LF.");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 ||
        line.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos) {
      return fail("malformed_multipart", "A part's header is malformed.");
    }
    const auto header = wire::to_lower(line.substr(0, colon));
    const auto value = wire::trim_blanks(line.substr(colon + 1));
    if (header == "content-disposition") {
      if (disposition)
        return fail("malformed_multipart", "A part has two Content-Disposition headers.");
      disposition = wire::parse_parameterised(value);
      if (!disposition)
        return fail("malformed_multipart", "A part's Content-Disposition is malformed.");
    } else if (header == "content-transfer-encoding") {
      const auto encoding = wire::to_lower(value);
      if (encoding != "binary" && encoding != "8bit" && encoding != "7bit") {
        return fail("unsupported_encoding",
                    "Parts with Content-Transfer-Encoding \"" + encoding +
                        "\" are not understood; send the bytes as they are.");
      }
    }
  }
  const std::string* name = disposition ? disposition->find("name") : nullptr;
  if (!disposition || disposition->value != "form-data" || !name || name->empty()) {
    return fail("malformed_multipart",
                "A part has no Content-Disposition of form-data with a name.");
  }
  name_ = *name;
  fields_seen_ += name_.size();
  const std::string* file_name = disposition->find("filename");
  const std::string* extended = disposition->find("filename*");
  if (!file_name && !extended) {
    state_ = State::field;
    return Result::more;
  }
  std::optional<std::string> decoded;
  if (extended) decoded = wire::decode_extended(*extended);
  if (!decoded && !file_name) {
    return fail("malformed_multipart", "A part's filename* is not in UTF-8, percent-encoded.");
  }
  state_ = State::file;
  return reader_.on_file(name_, decoded ? std::move(*decoded) : *file_name) ? Result::more
                                                                            : Result::stopped;
}

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  const auto parsed = wire::parse_parameterised(content_type);
  if (!parsed || parsed->value != "multipart/form-data") return std::nullopt;
  const std::string* boundary = parsed->find("boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70 || boundary->back() == ' ') {
    return std::nullopt;
  }
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos);
  };
  if (!std::all_of(boundary->begin(), boundary->end(), allowed)) return std::nullopt;
  return *boundary;
}

}  // namespace transcribed::http
