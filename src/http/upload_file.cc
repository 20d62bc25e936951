#include "http/upload_file.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "wire/sha256.h"

namespace transcribed::http {
namespace {

constexpr std::size_t flush_bytes = 256 * 1024;
// How much may be written between two looks at the free space: other uploads use it up too.
constexpr std::uint64_t look_every_bytes = 32 * 1024 * 1024;

ApiError too_full(const std::string& message) {
  ApiError error;
  error.status = 507;
  error.code = "disk_full";
  error.message = message;
  return error;
}

ApiError failed(const std::string& what, int number) {
  if (number == ENOSPC || number == EDQUOT) {
    return too_full("The disk is full: the upload could not be stored.");
  }
  ApiError error;
  error.status = 500;
  error.code = "io_error";
  error.message = what + ": " + std::generic_category().message(number) + ".";
  return error;
}

}  // namespace

struct UploadFile::Disk {
  std::string folder;
  std::string part;
  std::string final;
  core::Megabytes min_free_mb = 0;
  std::uint64_t to_come = 0;  // bytes still announced
  std::uint64_t written_since_look = look_every_bytes;
  int fd = -1;
  bool renamed = false;
  wire::Sha256 content;

  std::optional<ApiError> look_at_free_space(std::uint64_t next) {
    written_since_look += next;
    if (written_since_look < look_every_bytes) return std::nullopt;
    written_since_look = 0;
    struct statvfs space {};
    if (statvfs(folder.c_str(), &space) != 0) return failed("Cannot look at " + folder, errno);
    const auto free_bytes = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
    const auto kept = static_cast<std::uint64_t>(min_free_mb * core::bytes_per_mb);
    const auto coming = std::max(to_come, next);
    if (free_bytes < kept || free_bytes - kept < coming) {
      const auto mb = static_cast<std::uint64_t>(core::bytes_per_mb);
      return too_full("Not enough disk space: " + std::to_string(free_bytes / mb) +
                      " MB are free, this upload needs " + std::to_string(coming / mb + 1) +
                      " MB, and storage.min_free_disk_mb keeps " + std::to_string(min_free_mb) +
                      " MB free.");
    }
    return std::nullopt;
  }

  std::optional<ApiError> write_all(const std::string& bytes) {
    if (auto error = look_at_free_space(bytes.size())) return error;
    if (fd < 0) {
      fd = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (fd < 0) return failed("Cannot create " + part, errno);
    }
    content.add(bytes);
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const auto n = write(fd, rest.data(), rest.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("Cannot write " + part, errno);
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
    to_come -= std::min<std::uint64_t>(to_come, bytes.size());
    return std::nullopt;
  }

  std::optional<ApiError> make_durable() {
    if (fdatasync(fd) != 0) return failed("Cannot write " + part, errno);
    close_file();
    if (rename(part.c_str(), final.c_str()) != 0) return failed("Cannot rename " + part, errno);
    renamed = true;
    const int folder_fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_fd < 0) return failed("Cannot open " + folder, errno);
    const int result = fsync(folder_fd);
    const int number = errno;
    close(folder_fd);
    if (result != 0) return failed("Cannot write " + folder, number);
    return std::nullopt;
  }

  void close_file() {
    if (fd >= 0) close(fd);
    fd = -1;
  }

  void remove() {
    const bool created = fd >= 0 || renamed;
    close_file();
    if (created) unlink(renamed ? final.c_str() : part.c_str());
    renamed = false;
  }
};

UploadFile::UploadFile(std::shared_ptr<BlockingPool> pool, std::string folder, std::string id,
                       core::Megabytes min_free_mb, std::uint64_t bytes_to_come)
    : pool_(std::move(pool)), disk_(std::make_shared<Disk>()) {
  disk_->part = folder + "/" + id + ".part";
  disk_->final = folder + "/" + id;
  disk_->folder = std::move(folder);
  disk_->min_free_mb = min_free_mb;
  disk_->to_come = bytes_to_come;
}

UploadFile::~UploadFile() {
  if (released_) return;
  pool_->run([disk = std::move(disk_)] { disk->remove(); }, nullptr);
}

void UploadFile::append(std::string_view piece) {
  gathered_.append(piece);
  bytes_ += piece.size();
}

bool UploadFile::wants_flush() const { return gathered_.size() >= flush_bytes; }

void UploadFile::run(std::function<std::optional<ApiError>(Disk&, const std::string&)> work,
                     Done done) {
  struct Step {
    std::string bytes;
    std::optional<ApiError> error;
  };
  auto step = std::make_shared<Step>();
  step->bytes = std::move(gathered_);
  gathered_.clear();
  pool_->run(
      [disk = disk_, step, work = std::move(work)] { step->error = work(*disk, step->bytes); },
      [step, done = std::move(done)] { done(std::move(step->error)); });
}

void UploadFile::flush(Done done) {
  run([](Disk& disk, const std::string& bytes) { return disk.write_all(bytes); }, std::move(done));
}

void UploadFile::commit(Done done) {
  run(
      [](Disk& disk, const std::string& bytes) {
        auto error = disk.write_all(bytes);
        return error ? error : disk.make_durable();
      },
      std::move(done));
}

void UploadFile::discard(std::function<void()> done) {
  pool_->run([disk = disk_] { disk->remove(); }, std::move(done));
}

void UploadFile::release() { released_ = true; }

std::string UploadFile::content_sha256() { return disk_->content.hex(); }

std::string UploadFile::path() const { return disk_->final; }

void remove_partial_uploads(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (std::filesystem::directory_iterator entry(folder, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    if (entry->path().extension() == ".part") {
      std::error_code not_removed;
      std::filesystem::remove(entry->path(), not_removed);
    }
  }
}

}  // namespace transcribed::http
