#include "adapters/models_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "adapters/file_descriptor.h"
#include "adapters/file_digest.h"
#include "adapters/model_file.h"
#include "adapters/part_file.h"
#include "core/whisper_models.h"

namespace transcribed::adapters {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t copy_piece = 4 * 1024 * 1024;
constexpr std::string_view part_suffix = ".part";

std::string reason(int error) { return std::generic_category().message(error); }

// Nothing, or a reason; "" when `go_on` ended it.
std::optional<std::string> copy(int from, const PartFile& to,
                                const std::function<bool(std::int64_t)>& go_on) {
  std::vector<char> piece(copy_piece);
  std::int64_t at = 0;
  for (;;) {
    if (go_on && !go_on(at)) return std::string();
    const ssize_t got = ::pread(from, piece.data(), piece.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return reason(errno);
    if (got == 0) return std::nullopt;
    if (const auto error =
            to.write_at(at, std::string_view(piece.data(), static_cast<std::size_t>(got)))) {
      return reason(*error);
    }
    at += got;
  }
}

// What is wrong with `fd` as the catalogue's model of that name; nothing, also for other names.
std::optional<std::string> not_the_published(int fd, std::string_view name,
                                             const std::function<bool(std::int64_t)>& go_on) {
  const core::WhisperModel* known = core::find_whisper_model(name);
  if (known == nullptr) return std::nullopt;
  struct stat info {};
  ::fstat(fd, &info);
  if (info.st_size != known->bytes) {
    return fmt::format(
        "is not the published {} (it has {} bytes, that one {}); give it a name of its own with "
        "--name",
        name, info.st_size, known->bytes);
  }
  const auto sums = digest_file(fd, [&](std::int64_t at) { return !go_on || go_on(at); });
  if (!sums) return sums.error().empty() ? sums.error() : "cannot be read: " + sums.error();
  if (sums->sha256 != known->sha256) {
    return fmt::format(
        "is not the published {}: its SHA-256 is {}, the published one {}. It is damaged, or a "
        "model of your own, which takes a name of its own with --name",
        name, sums->sha256, known->sha256);
  }
  return std::nullopt;
}

}  // namespace

bool is_model_name(std::string_view name) {
  constexpr std::string_view letters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= 100 && name.front() != '.' && name.front() != '-' &&
         name.find_first_not_of(letters) == std::string_view::npos;
}

std::vector<ModelFile> list_models(const fs::path& folder) {
  std::map<std::string, ModelFile> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::string file = entry->path().filename().string();
    const bool part = file.ends_with(part_suffix);
    if (part) file.resize(file.size() - part_suffix.size());
    const std::string name(core::whisper_name_of_file(file));
    std::error_code unreadable;
    if (!is_model_name(name) || !entry->is_regular_file(unreadable)) continue;
    const auto bytes = static_cast<std::int64_t>(entry->file_size(unreadable));
    if (unreadable || bytes == 0) continue;
    ModelFile& model = found[name];
    model.name = name;
    (part ? model.part_bytes : model.bytes) = bytes;
    if (part) continue;
    const auto opened = open_model_file(entry->path());
    const auto header = opened ? ggml_header_of(*opened) : tl::unexpected(opened.error());
    model.damaged = !header;
    model.multilingual = header && header->multilingual();
  }
  std::vector<ModelFile> models;
  for (auto& [name, model] : found) models.push_back(std::move(model));
  return models;
}

std::optional<std::string> make_models_folder(const fs::path& folder) {
  std::vector<fs::path> missing;
  std::error_code error;
  for (fs::path path = folder; !path.empty() && !fs::exists(path, error);
       path = path.parent_path()) {
    missing.push_back(path);
    if (path == path.parent_path()) break;
  }
  for (auto path = missing.rbegin(); path != missing.rend(); ++path) {
    if (::mkdir(path->c_str(), 0700) != 0 && errno != EEXIST) {
      return fmt::format("the models folder {} cannot be made: {}; name another with --models-dir",
                         folder.string(), reason(errno));
    }
  }
  if (!fs::is_directory(folder, error)) {
    return fmt::format("{} is not a folder; name one with --models-dir", folder.string());
  }
  return std::nullopt;
}

std::optional<std::string> add_model(const fs::path& file, const fs::path& folder,
                                     std::string_view name, const AddOptions& options) {
  const auto about_file = [&](std::string_view what) {
    return fmt::format("{} {}", file.string(), what);
  };
  const fs::path target = folder / core::whisper_file_name(name);
  const auto source = open_model_file(file);
  if (!source) return about_file(source.error());
  if (const auto whole = whisper_file_of(*source); !whole) return about_file(whole.error());
  std::error_code ignored;
  if (fs::exists(target, ignored)) {
    return fmt::format(
        "{} is there already, as {}; remove it first with `transcribe models rm {}`, or add the "
        "new one under another name with --name",
        name, target.string(), name);
  }
  if (const auto wrong = not_the_published(source->get(), name, options.go_on)) {
    return wrong->empty() ? wrong : about_file(*wrong);
  }
  if (options.link) {
    // A link to a link would break when that one goes.
    const fs::path real = fs::canonical(file, ignored);
    if (::link(real.c_str(), target.c_str()) == 0) {
      sync_folder(folder);
      return std::nullopt;
    }
    return fmt::format("{} cannot be linked into {}: {}; leave out --link to copy it",
                       file.string(), folder.string(), reason(errno));
  }
  const auto part = PartFile::open(target);
  if (!part) {
    if (part.error().in_use) {
      return fmt::format("{} is being fetched by another process; wait for it, or end it", name);
    }
    return fmt::format("{} cannot be written: {}", PartFile::path_of(target).string(),
                       part.error().reason);
  }
  // What an unfinished download left is of no use to a copy.
  part->set_version("");
  std::optional<std::string> wrong;
  if (const auto error = part->clear()) wrong = reason(*error);
  if (!wrong) wrong = copy(source->get(), *part, options.go_on);
  if (!wrong) {
    if (const auto error = part->finish()) wrong = reason(*error);
  }
  if (!wrong) return std::nullopt;
  part->remove();
  if (wrong->empty()) return wrong;
  return fmt::format("{} cannot be copied to {}: {}", file.string(), target.string(), *wrong);
}

std::optional<std::string> remove_model(const fs::path& folder, std::string_view name) {
  const fs::path target = folder / core::whisper_file_name(name);
  std::error_code error;
  const bool whole = fs::exists(target, error);
  const bool begun = fs::exists(PartFile::path_of(target), error);
  if (!whole && !begun) {
    return fmt::format("{} is not in {}; `transcribe models` lists what is", name, folder.string());
  }
  if (begun) {
    const auto part = PartFile::open(target);
    if (!part && part.error().in_use) {
      return fmt::format("{} is being fetched by another process; end that first", name);
    }
    if (part) part->remove();
  }
  if (whole && ::unlink(target.c_str()) != 0) {
    return fmt::format("{} cannot be removed: {}", target.string(), reason(errno));
  }
  sync_folder(folder);
  return std::nullopt;
}

}  // namespace transcribed::adapters
