#include "client/models_place.h"

namespace transcribed::client {

tl::expected<ModelsPlace, std::string> choose_models_place(const std::string& flag,
                                                           const core::Variable& variable,
                                                           const std::string& served_dir,
                                                           bool root) {
  if (!flag.empty()) return ModelsPlace{flag, flag == served_dir};
  if (const auto dir = variable("TRANSCRIBED_MODELS_DIR")) {
    return ModelsPlace{*dir, *dir == served_dir};
  }
  if (served_dir.starts_with('/')) return ModelsPlace{served_dir, true};
  if (const auto data = variable("TRANSCRIBED_DATA_DIR")) {
    return ModelsPlace{core::models_dir_in(*data), false};
  }
  std::string folder = core::models_dir_in(core::default_data_dir(root, variable));
  if (folder.empty()) {
    return tl::unexpected(
        std::string("the models folder is not known, because HOME is not set: name it with "
                    "--models-dir"));
  }
  return ModelsPlace{std::move(folder), false};
}

bool is_this_machine(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

}  // namespace transcribed::client
