#include "daemon/toml_values.h"

#include "daemon/config_settings.h"

namespace transcribed::daemon {
namespace {

tl::unexpected<std::string> is_instead(const toml::node& node, const std::string& wanted) {
  return tl::unexpected("is " + kind_of(node) + "; write " + wanted);
}

}  // namespace

std::string kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

tl::expected<std::int64_t, std::string> integer_of(const toml::node& node, std::int64_t min,
                                                   std::int64_t max) {
  const auto* number = node.as_integer();
  if (number == nullptr) {
    return is_instead(node,
                      whole_number_from(min, max) + (node.is_string() ? ", without quotes" : ""));
  }
  if (auto wrong = out_of_range(number->get(), min, max)) return tl::unexpected(*wrong);
  return number->get();
}

tl::expected<bool, std::string> boolean_of(const toml::node& node) {
  const auto* boolean = node.as_boolean();
  if (boolean == nullptr) {
    return is_instead(node, node.is_string() ? "true or false, without quotes" : "true or false");
  }
  return boolean->get();
}

tl::expected<std::string, std::string> text_of(const toml::node& node) {
  const auto* text = node.as_string();
  if (text == nullptr) return is_instead(node, "a string in quotes");
  // A zero byte would silently end a path or an argument.
  if (text->get().find('\0') != std::string::npos) {
    return tl::unexpected(std::string("holds a zero byte; remove it"));
  }
  return text->get();
}

tl::expected<std::vector<std::string>, std::string> list_of(const toml::node& node) {
  const toml::array* array = node.as_array();
  const std::string wanted = "a list of strings, such as [\"one\", \"two\"]";
  if (array == nullptr) return is_instead(node, wanted);
  std::vector<std::string> words;
  for (const toml::node& element : *array) {
    auto word = text_of(element);
    if (!word) {
      return tl::unexpected(
          "has an entry that " +
          (element.is_string() ? word.error() : "is " + kind_of(element) + "; write " + wanted));
    }
    words.push_back(std::move(*word));
  }
  return words;
}

}  // namespace transcribed::daemon
