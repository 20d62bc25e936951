#include "wire/json_fields.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace transcribed::wire {
namespace {

std::optional<double> to_finite(const boost::json::value& value) {
  double number = 0;
  if (const double* real = value.if_double()) {
    number = *real;
  } else if (const std::int64_t* whole = value.if_int64()) {
    number = static_cast<double>(*whole);
  } else if (const std::uint64_t* large = value.if_uint64()) {
    number = static_cast<double>(*large);
  } else {
    return std::nullopt;
  }
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace

const boost::json::value* JsonFields::find(std::string_view key) const {
  const boost::json::value* value = object_.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void JsonFields::complain(std::string sentence) {
  if (!error_) error_ = std::move(sentence);
}

void JsonFields::complain_about(std::string_view key, std::string_view must) {
  if (!error_) error_ = "\"" + std::string(key) + "\" must be " + std::string(must);
}

std::string JsonFields::text(std::string_view key) {
  const boost::json::value* value = find(key);
  if (value != nullptr && value->is_string()) return std::string(value->get_string());
  complain_about(key, "a string");
  return {};
}

std::string JsonFields::name(std::string_view key) {
  std::string name = text(key);
  if (name.empty()) complain_about(key, "a string that is not empty");
  return name;
}

std::string JsonFields::text_or_empty(std::string_view key) {
  return find(key) == nullptr ? std::string() : text(key);
}

double JsonFields::seconds(std::string_view key) {
  const boost::json::value* value = find(key);
  const std::optional<double> number = value == nullptr ? std::nullopt : to_finite(*value);
  if (!number || *number > max_seconds) {
    complain_about(key, "a number of seconds");
    return 0;
  }
  return std::max(0.0, *number);
}

double JsonFields::seconds_or_zero(std::string_view key) {
  return find(key) == nullptr ? 0 : seconds(key);
}

std::optional<int> JsonFields::to_whole(const boost::json::value& value, int least) const {
  // Some languages write every number as 3.0.
  const std::optional<double> number = to_finite(value);
  if (!number || *number != std::trunc(*number)) return std::nullopt;
  if (*number < least || *number > std::numeric_limits<int>::max()) return std::nullopt;
  return static_cast<int>(*number);
}

int JsonFields::whole(std::string_view key, int least) {
  const boost::json::value* value = find(key);
  const std::optional<int> number = value == nullptr ? std::nullopt : to_whole(*value, least);
  if (!number) complain_about(key, "a whole number, at least " + std::to_string(least));
  return number.value_or(least);
}

int JsonFields::whole_or(std::string_view key, int least, int otherwise) {
  return find(key) == nullptr ? otherwise : whole(key, least);
}

std::optional<int> JsonFields::optional_whole(std::string_view key, int least) {
  if (find(key) == nullptr) return std::nullopt;
  return whole(key, least);
}

std::int64_t JsonFields::count(std::string_view key) {
  // The largest that every language's numbers hold exactly.
  constexpr double most = 9007199254740992.0;
  const boost::json::value* value = find(key);
  const std::optional<double> number = value == nullptr ? std::nullopt : to_finite(*value);
  if (!number || *number != std::trunc(*number) || *number < 0 || *number > most) {
    complain_about(key, "a whole number, at least 0");
    return 0;
  }
  return static_cast<std::int64_t>(*number);
}

std::optional<std::int64_t> JsonFields::optional_count(std::string_view key) {
  if (find(key) == nullptr) return std::nullopt;
  return count(key);
}

std::int64_t JsonFields::megabytes_or_zero(std::string_view key) {
  const boost::json::value* value = find(key);
  if (value == nullptr) return 0;
  // A million GB: no machine has it, and sums of such amounts still fit.
  constexpr double most = 1e9;
  const std::optional<double> number = to_finite(*value);
  if (!number || *number > most) {
    complain_about(key, "a number of MB");
    return 0;
  }
  return static_cast<std::int64_t>(std::ceil(std::max(0.0, *number)));
}

bool JsonFields::flag_or_false(std::string_view key) {
  const boost::json::value* value = find(key);
  if (value == nullptr) return false;
  if (const bool* flag = value->if_bool()) return *flag;
  complain_about(key, "true or false");
  return false;
}

std::optional<double> JsonFields::number(std::string_view key) {
  const boost::json::value* value = find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<double> number = to_finite(*value);
  if (!number) complain_about(key, "a finite number");
  return number;
}

std::vector<int> JsonFields::whole_list(std::string_view key) {
  std::vector<int> numbers;
  const boost::json::array* list = array(key);
  if (list == nullptr) return numbers;
  numbers.reserve(list->size());
  for (const boost::json::value& value : *list) {
    const std::optional<int> number = to_whole(value, std::numeric_limits<int>::min());
    if (!number) {
      complain_about(key, "a list of whole numbers");
      return numbers;
    }
    numbers.push_back(*number);
  }
  return numbers;
}

const boost::json::object* JsonFields::object(std::string_view key) {
  const boost::json::value* value = find(key);
  if (value == nullptr) return nullptr;
  const boost::json::object* found = value->if_object();
  if (found == nullptr) complain_about(key, "an object");
  return found;
}

const boost::json::array* JsonFields::array(std::string_view key) {
  const boost::json::value* value = find(key);
  if (value == nullptr) return nullptr;
  const boost::json::array* found = value->if_array();
  if (found == nullptr) complain_about(key, "a list");
  return found;
}

}  // namespace transcribed::wire
