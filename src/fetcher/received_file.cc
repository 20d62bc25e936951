#include "fetcher/received_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "adapters/part_file.h"

namespace transcribed::fetcher {
namespace {

// How much may be written between two looks at the free space: others use it up, too.
constexpr std::int64_t look_every_bytes = 16 * core::bytes_per_mb;
// Written back in such pieces as they come, so that the last fsync() does not hold up all other
// transfers for the whole file.
constexpr std::int64_t write_back_bytes = 8 * core::bytes_per_mb;

std::filesystem::path folder_of(const std::string& path) {
  return std::filesystem::path(path).parent_path();
}

}  // namespace

tl::expected<ReceivedFile, Problem> ReceivedFile::create(std::string path, std::int64_t announced,
                                                         core::Megabytes min_free) {
  ReceivedFile made(std::move(path), announced, min_free);
  if (auto problem = made.look_at_free_space(0)) return tl::unexpected(std::move(*problem));
  made.file_.reset(
      ::open(made.part().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!made.file_) return tl::unexpected(made.not_written(errno));
  return made;
}

ReceivedFile::~ReceivedFile() {
  if (file_) ::unlink(part().c_str());
}

Problem ReceivedFile::not_written(int error) const {
  if (adapters::is_disk_full(error)) {
    return {FailureKind::disk_full, "The disk is full: the file could not be stored."};
  }
  return {FailureKind::internal,
          fmt::format("{} cannot be written: {}.", part(), std::generic_category().message(error))};
}

std::optional<Problem> ReceivedFile::look_at_free_space(std::int64_t next) {
  looked_at_ = bytes_;
  const auto free = adapters::free_bytes(folder_of(path_));
  if (!free) return std::nullopt;  // writing will tell
  const std::int64_t coming = std::max(announced_ - bytes_, next);
  if (*free - min_free_ * core::bytes_per_mb >= coming) return std::nullopt;
  return Problem{
      FailureKind::disk_full,
      fmt::format("Not enough disk space: {} MB are free, this file needs {} MB more, and "
                  "storage.min_free_disk_mb keeps {} MB free.",
                  *free / core::bytes_per_mb, coming / core::bytes_per_mb + 1, min_free_)};
}

std::optional<Problem> ReceivedFile::append(std::string_view bytes) {
  const auto count = static_cast<std::int64_t>(bytes.size());
  if (bytes_ + count - looked_at_ >= look_every_bytes) {
    if (auto problem = look_at_free_space(count)) return problem;
  }
  if (const auto error = adapters::write_whole(file_.get(), bytes_, bytes)) {
    return not_written(*error);
  }
  bytes_ += count;
  if (bytes_ - sent_to_disk_ >= write_back_bytes) {
    ::sync_file_range(file_.get(), sent_to_disk_, bytes_ - sent_to_disk_, SYNC_FILE_RANGE_WRITE);
    sent_to_disk_ = bytes_;
  }
  return std::nullopt;
}

std::optional<Problem> ReceivedFile::finish() {
  if (::fsync(file_.get()) != 0) return not_written(errno);
  if (::rename(part().c_str(), path_.c_str()) != 0) return not_written(errno);
  file_.reset();
  const auto error = adapters::sync_folder(folder_of(path_));
  if (!error) return std::nullopt;
  ::unlink(path_.c_str());
  return not_written(*error);
}

}  // namespace transcribed::fetcher
