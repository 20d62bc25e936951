// What GET /api/models tells. Read leniently, as everything of the server. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace transcribed::client {

struct ServedModel {
  std::string name;
  bool is_default = false;
  bool available = true;  // false: a job of it would be refused
  std::string message;    // why, then
};

struct ServedModels {
  std::vector<ServedModel> models;
  std::string models_dir;  // the server's folder with Whisper models; "": it does not tell
};

// Nothing when it is no such list.
std::optional<ServedModels> read_served_models(const boost::json::object& answer);

}  // namespace transcribed::client
