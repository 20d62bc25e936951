#include "daemon/keys_command.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "adapters/api_keys.h"
#include "adapters/file_descriptor.h"
#include "core/suggestion.h"
#include "daemon/data_folder.h"
#include "http/key_ring.h"
#include "wire/job_json.h"
#include "wire/utf8.h"

namespace transcribed::daemon {
namespace {

using adapters::ApiKey;

constexpr const char* see_help = "see transcribed keys --help";

int complain(const std::string& sentence) {
  std::fputs(fmt::format("transcribed keys: {}\n", sentence).c_str(), stderr);
  return 1;
}

std::string limits_text(const core::KeyLimits& limits) {
  std::string text;
  const auto add = [&](const auto& limit, std::string_view what) {
    if (limit) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", *limit, what);
  };
  add(limits.max_running, "at once");
  add(limits.max_queued, "in line");
  add(limits.max_upload_mb, "MB an upload");
  return text.empty() ? "no limits" : text;
}

// An installed daemon has a user of its own, and root's file would be one that it cannot read: root
// works as whom the folder belongs to, while this lives.
class AsOwnerOf {
 public:
  explicit AsOwnerOf(const std::filesystem::path& folder) {
    struct stat info {};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &info) != 0 || info.st_uid == 0) return;
    good_ = ::setegid(info.st_gid) == 0 && ::seteuid(info.st_uid) == 0;
    changed_ = true;
  }
  ~AsOwnerOf() {
    if (!changed_) return;
    [[maybe_unused]] const bool root_again = ::seteuid(0) == 0 && ::setegid(0) == 0;
  }
  AsOwnerOf(const AsOwnerOf&) = delete;
  AsOwnerOf& operator=(const AsOwnerOf&) = delete;
  bool good() const { return good_; }

 private:
  bool good_ = true;
  bool changed_ = false;
};

// Two of these commands at once must not lose each other's key.
class KeyFile {
 public:
  static tl::expected<KeyFile, std::string> open(const std::filesystem::path& data_dir) {
    auto folder = open_data_folder(data_dir);
    if (!folder) return tl::unexpected(folder.error());
    const std::string lock = folder->api_keys().string() + ".lock";
    adapters::FileDescriptor fd(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd || ::flock(fd.get(), LOCK_EX) != 0) {
      return tl::unexpected(fmt::format("cannot lock {}", lock));
    }
    auto keys = adapters::read_api_keys(folder->api_keys());
    if (!keys) return tl::unexpected(keys.error());
    return KeyFile(folder->api_keys(), std::move(*keys), std::move(fd));
  }

  std::vector<ApiKey>& keys() { return keys_; }
  tl::expected<void, std::string> write() { return adapters::write_api_keys(path_, keys_); }
  auto find(const std::string& name) {
    return std::ranges::find_if(keys_, [&](const ApiKey& key) { return key.caller.name == name; });
  }

 private:
  KeyFile(std::filesystem::path path, std::vector<ApiKey> keys, adapters::FileDescriptor lock)
      : path_(std::move(path)), keys_(std::move(keys)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  std::vector<ApiKey> keys_;
  adapters::FileDescriptor lock_;
};

int add_key(KeyFile& file, const core::Caller& caller) {
  if (const std::string why = adapters::why_bad_key_name(caller.name); !why.empty()) {
    return complain(why);
  }
  if (caller.name == http::KeyRing::config_key_name) {
    return complain("\"config\" is the name of the configuration's own key; choose another");
  }
  if (file.find(caller.name) != file.keys().end()) {
    return complain(
        fmt::format("there is a key named {} already; remove it first, or choose "
                    "another name",
                    caller.name));
  }
  const std::string key = adapters::new_api_key();
  const auto now = std::chrono::floor<core::Milliseconds>(std::chrono::system_clock::now());
  const bool first = file.keys().empty();
  file.keys().push_back({caller, adapters::key_digest(key), now});
  if (const auto written = file.write(); !written) return complain(written.error());
  std::puts(key.c_str());
  std::fputs(
      "This is the only time it is shown; only its checksum is kept. Clients send it as\n"
      "\"Authorization: Bearer KEY\", the command transcribe from TRANSCRIBED_API_KEY.\n",
      stderr);
  if (first) std::fputs("From now on the server asks every client for a key.\n", stderr);
  return 0;
}

int list_keys(KeyFile& file) {
  if (file.keys().empty()) {
    std::fputs("There are no keys; make one with transcribed keys add NAME.\n", stderr);
    return 0;
  }
  for (const ApiKey& key : file.keys()) {
    std::puts(fmt::format("{:<20} made {:.10}  {}", key.caller.name,
                          wire::to_rfc3339(key.created_at), limits_text(key.caller.limits))
                  .c_str());
  }
  return 0;
}

int remove_key(KeyFile& file, const std::string& name) {
  const auto found = file.find(name);
  if (found == file.keys().end()) {
    return complain(
        fmt::format("there is no key named {}; transcribed keys list shows them", name));
  }
  file.keys().erase(found);
  if (const auto written = file.write(); !written) return complain(written.error());
  std::fputs(fmt::format("The key {} is gone; its jobs stay.\n", name).c_str(), stderr);
  if (file.keys().empty()) {
    std::fputs(
        "It was the last: on loopback the server asks for none any more, unless its "
        "configuration has one.\n",
        stderr);
  }
  return 0;
}

// When none of add, list and rm was called for; `words` are those that mean nothing here.
std::string what_is_missing(const std::vector<std::string>& words) {
  if (words.empty()) return fmt::format("what to do is missing: add, list or rm; {}", see_help);
  const std::string hint = core::did_you_mean(words.front(), {"add", "list", "rm"});
  return fmt::format("\"{}\" is none of add, list and rm{}", wire::to_valid_utf8(words.front()),
                     hint.empty() ? fmt::format("; {}", see_help) : hint);
}

}  // namespace

int run_keys_command(int argc, const char* const* argv, const Surroundings& surroundings) {
  CLI::App app("transcribed keys: API keys for the clients of this server", "transcribed keys");
  std::string config_file;
  std::string data_dir;
  core::Caller caller;
  int max_running = 0;
  int max_queued = 0;
  core::Megabytes max_upload_mb = 0;
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--config", config_file, "The server's config file, which says where its data is");
  app.add_option("--data-dir", data_dir, "The server's data folder");
  CLI::App* add = app.add_subcommand("add", "Make a key and print it");
  add->add_option("NAME", caller.name, "Who will use it")->required();
  CLI::Option* running = add->add_option("--max-running", max_running, "Jobs at once, at most")
                             ->check(CLI::Range(1, 1'000'000));
  CLI::Option* queued = add->add_option("--max-queued", max_queued, "Jobs in line, at most")
                            ->check(CLI::Range(1, 100'000'000));
  CLI::Option* upload = add->add_option("--max-upload-mb", max_upload_mb, "MB an upload, at most")
                            ->check(CLI::Range(1, 100'000'000));
  CLI::App* list = app.add_subcommand("list", "Show the names and limits of the keys");
  CLI::App* remove = app.add_subcommand("rm", "Remove a key");
  remove->add_option("NAME", caller.name, "Which")->required();
  try {
    app.parse(argc - 1, argv + 1);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return complain(app.get_subcommands().empty() ? what_is_missing(app.remaining())
                                                  : fmt::format("{}; {}", error.what(), see_help));
  }
  if (running->count() > 0) caller.limits.max_running = max_running;
  if (queued->count() > 0) caller.limits.max_queued = max_queued;
  if (upload->count() > 0) caller.limits.max_upload_mb = max_upload_mb;

  std::vector<const char*> words = {argv[0]};
  if (!config_file.empty()) words.insert(words.end(), {"--config", config_file.c_str()});
  if (!data_dir.empty()) words.insert(words.end(), {"--data-dir", data_dir.c_str()});
  const auto where = find_data_dir(static_cast<int>(words.size()), words.data(), surroundings);
  if (!where) {
    std::fputs(where.error().text.c_str(), stderr);
    return where.error().status;
  }
  const AsOwnerOf owner(*where);
  if (!owner.good()) {
    return complain(fmt::format("cannot work as the owner of {}; run this command as that user",
                                where->string()));
  }
  auto file = KeyFile::open(*where);
  if (!file) return complain(file.error());
  if (add->parsed()) return add_key(*file, caller);
  if (list->parsed()) return list_keys(*file);
  return remove_key(*file, caller.name);
}

}  // namespace transcribed::daemon
