// The list of models as text. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "adapters/models_folder.h"
#include "client/served_models.h"

namespace transcribed::client {

// One model with all that is known of it: of the catalogue, the folder, the server, or several.
struct ModelRow {
  std::string name;
  std::int64_t bytes = 0;            // of the published file, else of the one here; 0: not known
  bool published = false;            // the catalogue has it
  std::optional<bool> multilingual;  // nothing: not known
  std::optional<adapters::ModelFile> here;
  std::optional<ServedModel> served;
};

// What the server serves first and in its order, then the rest of the catalogue, then what else
// lies in the folder.
std::vector<ModelRow> gather_models(const std::vector<adapters::ModelFile>& here,
                                    const std::optional<ServedModels>& served);

// Lines of a table, names escaped. The server's column is left out when it did not answer.
std::string models_table(const std::vector<ModelRow>& rows, bool with_server, int width);
boost::json::object models_json(const std::vector<ModelRow>& rows, const std::string& folder,
                                bool with_server);

}  // namespace transcribed::client
