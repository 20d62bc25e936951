#include "client/output_plan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "client/terminal_text.h"

namespace transcribed::client {

namespace fs = std::filesystem;

namespace {

constexpr std::pair<Format, std::string_view> format_words[] = {
    {Format::txt, "txt"},
    {Format::srt, "srt"},
    {Format::vtt, "vtt"},
    {Format::tsv, "tsv"},
    {Format::lrc, "lrc"},
    {Format::json, "json"},
    {Format::verbose_json, "verbose_json"}};

std::string shown(const fs::path& path) { return escape_controls(path.string()); }

std::string reason(int error) { return std::generic_category().message(error); }

// What is wrong with an input, or its size.
tl::expected<std::uint64_t, std::string> check_input(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return tl::make_unexpected("no such file");
    return tl::make_unexpected("cannot be read: " + reason(errno));
  }
  if (S_ISDIR(info.st_mode)) return tl::make_unexpected("is a folder");
  if (!S_ISREG(info.st_mode)) return tl::make_unexpected("is not a regular file");
  if (info.st_size == 0) return tl::make_unexpected("is empty");
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return tl::make_unexpected("cannot be read: " + reason(errno));
  ::close(fd);
  return static_cast<std::uint64_t>(info.st_size);
}

// One name for one place, however it was spelled.
fs::path identity(const fs::path& path) {
  std::error_code ec;
  const fs::path absolute = fs::absolute(path, ec).lexically_normal();
  fs::path parent = fs::weakly_canonical(absolute.parent_path(), ec);
  if (ec) parent = absolute.parent_path();
  return parent / absolute.filename();
}

// Nothing when files can be made in `folder`, or the folder itself can be made.
std::optional<std::string> check_folder(const fs::path& folder) {
  std::error_code ec;
  const fs::file_status status = fs::status(folder, ec);
  if (fs::is_directory(status)) {
    if (::access(folder.c_str(), W_OK | X_OK) != 0) {
      return fmt::format("cannot write into {}: {}", shown(folder), reason(errno));
    }
    return std::nullopt;
  }
  if (fs::exists(status)) return fmt::format("{} is not a folder", shown(folder));
  if (ec && status.type() == fs::file_type::none) {
    return fmt::format("cannot look at {}: {}", shown(folder), ec.message());
  }
  const fs::path parent = fs::absolute(folder, ec).lexically_normal().parent_path();
  if (parent == folder || parent.empty()) return std::nullopt;
  return check_folder(parent);
}

}  // namespace

std::string_view to_string(Format format) {
  for (const auto& [value, word] : format_words) {
    if (value == format) return word;
  }
  return "txt";
}

std::string_view file_ending(Format format) {
  return format == Format::verbose_json ? "verbose.json" : to_string(format);
}

std::string format_list() {
  std::string list;
  for (const auto& [value, word] : format_words) {
    list += list.empty() ? "" : ", ";
    list += word;
  }
  return list;
}

tl::expected<std::vector<Format>, std::string> parse_formats(std::string_view list) {
  std::vector<Format> formats;
  while (true) {
    const std::size_t comma = list.find(',');
    const std::string_view word = list.substr(0, comma);
    const auto* const found = std::find_if(std::begin(format_words), std::end(format_words),
                                           [&](const auto& entry) { return entry.second == word; });
    if (found == std::end(format_words)) {
      return tl::make_unexpected(
          fmt::format("\"{}\" is no format: these are: {} (several with commas between them)",
                      escape_controls(word), format_list()));
    }
    if (std::find(formats.begin(), formats.end(), found->first) == formats.end()) {
      formats.push_back(found->first);
    }
    if (comma == std::string_view::npos) return formats;
    list.remove_prefix(comma + 1);
  }
}

std::vector<PlannedOutput> outputs_of(const Input& input, const PlanRequest& request) {
  std::vector<PlannedOutput> outputs;
  if (request.destination == Destination::nowhere) return outputs;
  const bool to_stdout = request.destination == Destination::standard_output ||
                         (request.destination == Destination::beside_input &&
                          input.kind == Input::Kind::standard_input);
  const fs::path folder = request.destination == Destination::folder
                              ? request.folder / input.subfolder
                              : input.path.parent_path();
  for (const Format format : request.formats) {
    if (to_stdout) {
      outputs.push_back({format, {}});
      continue;
    }
    fs::path name = request.keep_extension ? result_full_name(input) : result_stem(input);
    name += ".";
    name += file_ending(format);
    outputs.push_back({format, folder / name});
  }
  return outputs;
}

namespace {

class Planning {
 public:
  explicit Planning(const PlanRequest& request) : request_(request) {}

  Plan run() {
    for (const Input& input : request_.inputs) add(input);
    for (const auto& [place, folder] : folders_) {
      if (auto wrong = check_folder(folder)) plan_.problems.push_back(std::move(*wrong));
    }
    std::set<fs::path> told;
    for (const PlannedFile& file : plan_.files) {
      for (const PlannedOutput& output : file.outputs) {
        if (!output.path.empty() && told.insert(identity(output.path)).second) check(output.path);
      }
    }
    return std::move(plan_);
  }

 private:
  void add(const Input& input) {
    PlannedFile file{input, 0, {}};
    if (input.kind == Input::Kind::file) {
      const auto size = check_input(input.path);
      if (!size) {
        plan_.problems.push_back(fmt::format("{}: {}", shown(input.path), size.error()));
        return;
      }
      file.size = *size;
      std::error_code ec;
      const fs::path real = fs::canonical(input.path, ec);
      input_places_.insert(ec ? identity(input.path) : real);
    }
    file.outputs = outputs_of(input, request_);
    if (request_.skip_existing && !file.outputs.empty()) {
      std::erase_if(file.outputs, [](const PlannedOutput& output) {
        std::error_code ec;
        return !output.path.empty() && fs::is_regular_file(fs::status(output.path, ec));
      });
      if (file.outputs.empty()) {
        plan_.skipped.push_back(input);
        return;
      }
    }
    for (const PlannedOutput& output : file.outputs) {
      if (output.path.empty()) continue;
      const fs::path place = identity(output.path);
      writers_[place].push_back(spelled(input));
      const fs::path folder = output.path.parent_path();
      folders_.emplace(place.parent_path(), folder.empty() ? fs::path(".") : folder);
    }
    plan_.files.push_back(std::move(file));
  }

  // What stands in the way of one result.
  void check(const fs::path& path) {
    const fs::path place = identity(path);
    const std::vector<std::string>& inputs = writers_[place];
    if (inputs.size() > 1) plan_.problems.push_back(collision(inputs, path));
    std::error_code ec;
    const fs::file_status status = fs::symlink_status(path, ec);
    if (!fs::exists(status)) return;
    const fs::path real = fs::canonical(path, ec);
    if (input_places_.count(place) > 0 || (!ec && input_places_.count(real) > 0)) {
      plan_.problems.push_back(
          fmt::format("{} is one of the recordings and would be written over", shown(path)));
    } else if (fs::is_directory(fs::status(path, ec))) {
      plan_.problems.push_back(fmt::format("{} is a folder", shown(path)));
    } else if (!request_.overwrite) {
      plan_.problems.push_back(fmt::format(
          "{} exists (--overwrite replaces it, --skip-existing leaves it)", shown(path)));
    }
  }

  std::string collision(const std::vector<std::string>& inputs, const fs::path& path) const {
    std::string names = escape_controls(inputs.front());
    std::set<fs::path> file_names{fs::path(inputs.front()).filename()};
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      names += (i + 1 == inputs.size() ? " and " : ", ") + escape_controls(inputs[i]);
      file_names.insert(fs::path(inputs[i]).filename());
    }
    const bool helps = !request_.keep_extension && file_names.size() == inputs.size();
    return fmt::format("{} would all be written to {}{}", names, shown(path),
                       helps ? " (--keep-extension keeps them apart)" : "");
  }

  const PlanRequest& request_;
  Plan plan_;
  std::set<fs::path> input_places_;
  std::map<fs::path, std::vector<std::string>> writers_;  // place -> the inputs that write it
  std::map<fs::path, fs::path> folders_;                  // place -> as it was spelled
};

}  // namespace

Plan plan_outputs(const PlanRequest& request) { return Planning(request).run(); }

}  // namespace transcribed::client
