#include "wire/line_parser.h"

#include <array>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>

#include "wire/utf8.h"

namespace transcribed::wire {
namespace {

namespace json = boost::json;

// One parser a thread: thousands of lines a second come in while jobs run, and a parser of its own
// for each would spend most of its time on memory.
class LineParser {
 public:
  std::optional<std::string> parse(std::string_view line, const ReadMessage& read) {
    json::monotonic_resource memory(buffer_.data(), buffer_.size());
    const Forget forget{parser_};
    json::error_code error = write(line, memory);
    if (error && !is_valid_utf8(line)) error = write(to_valid_utf8(line), memory);
    if (error) return "not JSON: " + error.message();
    const json::value value = parser_.release();
    const json::object* object = value.if_object();
    if (object == nullptr) return "not a JSON object";
    const json::value* type = object->if_contains("type");
    if (type == nullptr || !type->is_string()) return "\"type\" must be a string";
    const std::string_view word = type->get_string();
    auto problem = read(word, *object);
    if (problem) *problem = to_valid_utf8(word.substr(0, 40)) + ": " + *problem;
    return problem;
  }

 private:
  // What is left in the parser after an error lives in `memory`, and must go before it.
  struct Forget {
    json::parser& parser;
    ~Forget() { parser.reset(); }
  };

  json::error_code write(std::string_view line, json::monotonic_resource& memory) {
    parser_.reset(&memory);
    json::error_code error;
    parser_.write(line.data(), line.size(), error);
    return error;
  }

  json::parser parser_;
  std::array<unsigned char, 16384> buffer_;
};

}  // namespace

std::optional<std::string> parse_line(std::string_view line, std::size_t max_bytes,
                                      const ReadMessage& read) {
  if (line.size() >= max_bytes) {
    return "a line longer than " + std::to_string(max_bytes) + " bytes";
  }
  thread_local LineParser parser;
  return parser.parse(line, read);
}

}  // namespace transcribed::wire
