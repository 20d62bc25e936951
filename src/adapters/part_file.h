// A file on its way: FILE.part, which grows as it is fetched and is moved into place when it is
// whole and right. Beside it FILE.part.version, which says what version of the file the server was
// sending, so that a later run goes on only with the same one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "adapters/file_descriptor.h"

namespace transcribed::adapters {

// One process at a time has it: an flock() on the part, which ends with the process however it
// ends. Movable. Closing it leaves the part for a later run.
class PartFile {
 public:
  struct Problem {
    bool in_use = false;  // another process fetches the same file
    std::string reason;   // the system's, else
  };
  // Makes the part when there is none. `target` is where the whole file will lie.
  static tl::expected<PartFile, Problem> open(const std::filesystem::path& target);

  int fd() const { return file_.get(); }
  std::int64_t size() const;
  const std::filesystem::path& target() const { return target_; }

  // "": not known.
  std::string version() const;
  void set_version(std::string_view version) const;

  // Nothing, or errno.
  std::optional<int> write_at(std::int64_t position, std::string_view bytes) const;
  std::optional<int> clear() const;
  // To the disk and into place, replacing what is there.
  std::optional<int> finish() const;
  // Gone, with its version.
  void remove() const;

  static std::filesystem::path path_of(const std::filesystem::path& target);

 private:
  PartFile(FileDescriptor file, std::filesystem::path target)
      : file_(std::move(file)), target_(std::move(target)) {}
  std::filesystem::path version_path() const;

  FileDescriptor file_;
  std::filesystem::path target_;
};

// All of `bytes`. Nothing, or errno.
std::optional<int> write_whole(int fd, std::int64_t position, std::string_view bytes);
// Whether that errno says that there is no room.
bool is_disk_full(int error);
// On the folder's disk, for us; nothing when it cannot be known.
std::optional<std::int64_t> free_bytes(const std::filesystem::path& folder);
// A folder's entries to the disk. Nothing, or errno.
std::optional<int> sync_folder(const std::filesystem::path& folder);

}  // namespace transcribed::adapters
