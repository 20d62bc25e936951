// Which recordings of a watched folder are complete and not taken yet. Pure: what the file system
// says and the time are arguments.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

namespace transcribed::client {

// Changes whenever the content does, as far as a file system tells.
struct FileVersion {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;
  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

class WatchList {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  // A file that nobody was seen to close counts as complete once it has not changed for `settle`.
  explicit WatchList(Duration settle) : settle_(settle) {}

  // It is there, and its writer may or may not be done. `age`: how long ago it was modified.
  void found(const std::filesystem::path& path, const FileVersion& version, Duration age, Time now);
  // Somebody has made it and has yet to close it.
  void being_written(const std::filesystem::path& path);
  // Its writer closed it, or it was moved in whole.
  void complete(const std::filesystem::path& path, const FileVersion& version);
  void gone(const std::filesystem::path& path);
  // Words about files were lost: closed or not, what is being written must show it by resting.
  void doubt(Time now);

  // The next one to take, each once a version, in the order in which they were complete.
  std::optional<std::filesystem::path> next();

  // Those whose rest is over unless they changed: look, and say found() again.
  std::vector<std::filesystem::path> to_look_at(Time now) const;
  // When there will be some.
  std::optional<Time> next_look() const;

 private:
  enum class State { writing, settling, ready, taken };
  struct Entry {
    State state = State::writing;
    std::optional<FileVersion> version;
    Time rests_since{};
  };
  void make_ready(const std::filesystem::path& path, Entry& entry);

  const Duration settle_;
  std::map<std::filesystem::path, Entry> entries_;
  std::deque<std::filesystem::path> ready_;
};

}  // namespace transcribed::client
