#include "client/model_table.h"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include "adapters/model_pull.h"
#include "client/job_text.h"
#include "client/terminal_text.h"
#include "core/whisper_models.h"

namespace transcribed::client {

namespace json = boost::json;

namespace {

ModelRow& row_of(std::vector<ModelRow>& rows, std::string_view name) {
  const auto at = std::ranges::find(rows, name, &ModelRow::name);
  if (at != rows.end()) return *at;
  ModelRow row;
  row.name = std::string(name);
  return rows.emplace_back(std::move(row));
}

bool is_damaged(const ModelRow& row) {
  if (!row.here || !row.here->is_whole()) return false;
  // What has a published name and another size cannot be that model.
  return row.here->damaged || (row.published && row.here->bytes != row.bytes);
}

std::string languages_text(const ModelRow& row) {
  if (!row.multilingual) return "-";
  return *row.multilingual ? "many" : "English";
}

std::string here_text(const ModelRow& row) {
  if (!row.here) return row.published ? "no" : "-";
  if (row.here->is_whole()) {
    return is_damaged(row) ? "damaged" : "yes";
  }
  if (row.bytes <= 0) return "in part";
  return fmt::format("{}%", std::min<std::int64_t>(99, row.here->part_bytes * 100 / row.bytes));
}

std::string served_text(const ModelRow& row) {
  if (!row.served) return "no";
  std::string text = row.served->is_default ? "default" : "yes";
  if (!row.served->available) text += ", but " + escape_controls(row.served->message);
  return text;
}

}  // namespace

std::vector<ModelRow> gather_models(const std::vector<adapters::ModelFile>& here,
                                    const std::optional<ServedModels>& served) {
  std::vector<ModelRow> rows;
  if (served) {
    for (const ServedModel& model : served->models) row_of(rows, model.name).served = model;
  }
  for (const core::WhisperModel& model : core::whisper_models()) {
    ModelRow& row = row_of(rows, model.name);
    row.published = true;
    row.bytes = model.bytes;
    row.multilingual = model.multilingual;
  }
  for (const adapters::ModelFile& file : here) {
    ModelRow& row = row_of(rows, file.name);
    row.here = file;
    if (row.published) continue;
    row.bytes = file.bytes;
    if (file.is_whole() && !file.damaged) row.multilingual = file.multilingual;
  }
  return rows;
}

std::string models_table(const std::vector<ModelRow>& rows, bool with_server, int width) {
  std::vector<std::vector<std::string>> cells{{"MODEL", "SIZE", "LANGUAGES", "HERE"}};
  if (with_server) cells.front().emplace_back("ON THE SERVER");
  for (const ModelRow& row : rows) {
    cells.push_back({escape_controls(row.name), row.bytes > 0 ? adapters::as_mb(row.bytes) : "-",
                     languages_text(row), here_text(row)});
    if (with_server) cells.back().push_back(served_text(row));
  }
  return render_table(cells, width);
}

json::object models_json(const std::vector<ModelRow>& rows, const std::string& folder,
                         bool with_server) {
  json::array models;
  for (const ModelRow& row : rows) {
    json::object one;
    one["name"] = row.name;
    one["bytes"] = row.bytes > 0 ? json::value(row.bytes) : json::value(nullptr);
    one["published"] = row.published;
    one["multilingual"] = row.multilingual ? json::value(*row.multilingual) : json::value(nullptr);
    one["here"] = row.here && row.here->is_whole();
    one["damaged"] = is_damaged(row);
    one["part_bytes"] = row.here ? row.here->part_bytes : 0;
    if (with_server) {
      one["served"] = row.served.has_value();
      one["default"] = row.served && row.served->is_default;
      one["available"] = row.served && row.served->available;
    }
    models.push_back(std::move(one));
  }
  json::object all;
  all["models_dir"] = folder;
  all["models"] = std::move(models);
  return all;
}

}  // namespace transcribed::client
