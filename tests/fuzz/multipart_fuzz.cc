// Two promises over any bytes: cutting the body elsewhere changes nothing, and no limit is passed.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/multipart.h"

namespace {

struct Digest : transcribed::http::MultipartReader {
  std::string seen;
  bool on_field(std::string name, std::string value) override {
    if (value.size() > transcribed::http::MultipartLimits{}.field_bytes) std::abort();
    seen += "f" + name + "=" + value + ";";
    return true;
  }
  bool on_file(std::string name, std::string file_name) override {
    seen += "F" + name + "=" + file_name + ":";
    return true;
  }
  bool on_file_data(std::string_view piece) override {
    if (piece.empty()) std::abort();
    seen += piece;
    return true;
  }
  bool on_file_end() override {
    seen += ";";
    return true;
  }
};

std::string run(std::string_view body, std::size_t piece_size) {
  Digest digest;
  transcribed::http::MultipartParser parser("B", digest);
  while (!body.empty()) {
    parser.feed(body.substr(0, piece_size));
    body.remove_prefix(std::min(piece_size, body.size()));
  }
  const auto end = parser.finish();
  return digest.seen + std::to_string(static_cast<int>(end)) + parser.error().code;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto whole = run(body, size + 1);
  for (const std::size_t piece : {1, 2, 3, 7}) {
    if (run(body, piece) != whole) std::abort();
  }
  transcribed::http::multipart_boundary(body);
  return 0;
}
