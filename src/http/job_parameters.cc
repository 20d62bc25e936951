#include "http/job_parameters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/http_url.h"
#include "http/multipart.h"
#include "wire/utf8.h"

namespace transcribed::http {
namespace {

enum class Kind { text, number, flag };
struct Field {
  std::string_view name;
  Kind kind;
};
constexpr std::array<Field, 11> fields{{{"model", Kind::text},
                                        {"name", Kind::text},
                                        {"language", Kind::text},
                                        {"task", Kind::text},
                                        {"initial_prompt", Kind::text},
                                        {"priority", Kind::number},
                                        {"temperature", Kind::number},
                                        {"beam_size", Kind::number},
                                        {"word_timestamps", Kind::flag},
                                        {"callback_url", Kind::text},
                                        {"deduplicate", Kind::flag}}};

const Field* find_field(std::string_view name) {
  const auto* found = std::find_if(fields.begin(), fields.end(),
                                   [&](const Field& field) { return field.name == name; });
  return found == fields.end() ? nullptr : found;
}

ApiError unknown_field(const std::string& field) {
  std::string names = "file (an upload), path, url";
  for (const auto& known : fields) {
    names += ", ";
    names += known.name;
  }
  return bad_request("unknown_field",
                     "There is no field \"" + field + "\"; these are known: " + names + ".", field);
}

ApiError bad_value_url(const std::string& field, const std::string& why) {
  return bad_request("bad_value", "The URL in \"" + field + "\" " + why + ".", field);
}

std::string range(std::string_view field) {
  if (field == "priority") return "a whole number from -1000 to 1000";
  if (field == "temperature") return "a number from 0 to 1";
  return "a whole number from 1 to 16";
}

// ISO 639-1 and its longer cousins ("en", "yue", "pt-BR"): the engine says which it knows.
bool is_language(std::string_view text) {
  return text.size() >= 2 && text.size() <= 16 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
         });
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

std::optional<ApiError> JobParameters::conflict() const {
  if (!deduplicate || callback_url.empty()) return std::nullopt;
  return bad_request(
      "bad_value",
      "\"callback_url\" does not go with \"deduplicate\": a job that is there already "
      "tells whom it was made for.",
      "callback_url");
}

std::optional<ApiError> JobParameters::first_time(const std::string& field) {
  if (given_.insert(field).second) return std::nullopt;
  return bad_request("field_repeated", "The field \"" + field + "\" is given twice.", field);
}

std::optional<ApiError> JobParameters::set_text(const std::string& field,
                                                const std::string& value) {
  if (!wire::is_valid_utf8(value)) return bad_value(field, "UTF-8 text");
  if (field == "initial_prompt") {
    if (value.size() > MultipartLimits{}.field_bytes) return bad_value(field, "64 KB or shorter");
    options.initial_prompt = value;
    return std::nullopt;
  }
  if (field == "callback_url") {
    if (value.empty()) return std::nullopt;
    if (const auto why = core::why_no_http_url(value)) return bad_value_url(field, *why);
    callback_url = value;
    return std::nullopt;
  }
  if (value.size() > 255 || has_control_character(value)) {
    return bad_value(field, "one line of at most 255 bytes");
  }
  if (field == "model") {
    model = value;
  } else if (field == "name") {
    name = value;
  } else if (field == "language") {
    if (value.empty() || value == "auto") return std::nullopt;
    if (!is_language(value)) return bad_value(field, "a language code such as \"en\", or \"auto\"");
    options.language = value;
  } else {
    if (!value.empty() && value != "transcribe" && value != "translate") {
      return bad_value(field, "\"transcribe\" or \"translate\"");
    }
    options.task = value;
  }
  return std::nullopt;
}

std::optional<ApiError> JobParameters::set_number(const std::string& field, double value) {
  const bool whole = value == std::trunc(value);
  if (field == "priority" && whole && value >= -1000 && value <= 1000) {
    priority = static_cast<int>(value);
  } else if (field == "temperature" && value >= 0 && value <= 1) {
    options.temperature = value;
  } else if (field == "beam_size" && whole && value >= 1 && value <= 16) {
    options.beam_size = static_cast<int>(value);
  } else {
    return bad_value(field, range(field));
  }
  return std::nullopt;
}

std::optional<ApiError> JobParameters::set_flag(const std::string& field, bool value) {
  if (field == "word_timestamps") {
    options.word_timestamps = value;
  } else {
    deduplicate = value;
  }
  return std::nullopt;
}

std::optional<ApiError> JobParameters::set(const std::string& field, const std::string& value) {
  const Field* known = find_field(field);
  if (!known) return unknown_field(field);
  if (auto error = first_time(field)) return error;
  if (known->kind == Kind::text) return set_text(field, value);
  if (known->kind == Kind::flag) {
    if (value != "true" && value != "false") return bad_value(field, "\"true\" or \"false\"");
    return set_flag(field, value == "true");
  }
  double number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (failure != std::errc{} || end != value.data() + value.size()) {
    return bad_value(field, range(field));
  }
  return set_number(field, number);
}

std::optional<ApiError> JobParameters::set(const std::string& field,
                                           const boost::json::value& value) {
  const Field* known = find_field(field);
  if (!known) return unknown_field(field);
  if (auto error = first_time(field)) return error;
  if (value.is_null()) return std::nullopt;  // as if it were not there
  switch (known->kind) {
    case Kind::text:
      if (!value.is_string()) return bad_value(field, "a string");
      return set_text(field, std::string(value.get_string()));
    case Kind::flag:
      if (!value.is_bool()) return bad_value(field, "true or false");
      return set_flag(field, value.get_bool());
    case Kind::number:
      break;
  }
  if (!value.is_number()) return bad_value(field, range(field));
  return set_number(field, value.to_number<double>());
}

}  // namespace transcribed::http
