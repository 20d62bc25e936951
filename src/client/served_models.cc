#include "client/served_models.h"

#include <boost/json/array.hpp>

#include "client/job_info.h"

namespace transcribed::client {

namespace json = boost::json;

namespace {

bool flag(const json::object& object, std::string_view key, bool otherwise) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

}  // namespace

std::optional<ServedModels> read_served_models(const json::object& answer) {
  const json::value* models = answer.if_contains("models");
  if (models == nullptr || !models->is_array()) return std::nullopt;
  ServedModels served;
  served.models_dir = text_field(answer, "models_dir").value_or("");
  for (const json::value& value : models->get_array()) {
    const json::object* object = value.if_object();
    if (object == nullptr) continue;
    const auto name = text_field(*object, "name");
    if (!name) continue;
    served.models.push_back({*name, flag(*object, "default", false),
                             flag(*object, "available", true),
                             text_field(*object, "message").value_or("")});
  }
  return served;
}

}  // namespace transcribed::client
