// One upload on its way to disk: written to FOLDER/<id>.part by the pool, and renamed to
// FOLDER/<id> once it is safely there. Destroying it before release() deletes what it wrote. Loop
// thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/memory_size.h"
#include "http/blocking_pool.h"
#include "http/errors.h"

namespace transcribed::http {

class UploadFile {
 public:
  // `bytes_to_come`: what the client announced; 0: unknown. Nothing touches the disk yet.
  UploadFile(std::shared_ptr<BlockingPool> pool, std::string folder, std::string id,
             core::Megabytes min_free_mb, std::uint64_t bytes_to_come);
  ~UploadFile();
  UploadFile(const UploadFile&) = delete;
  UploadFile& operator=(const UploadFile&) = delete;

  using Done = std::function<void(std::optional<ApiError>)>;

  // Takes the bytes into memory.
  void append(std::string_view piece);
  // True once so much has gathered that flush() is due.
  bool wants_flush() const;
  // Writes what has gathered. The error is 507 when the disk is, or would be, too full.
  void flush(Done done);
  // Writes the rest, makes the file and its name durable. Afterwards it is at path().
  void commit(Done done);
  // Deletes it now rather than with the destructor, and says when it is gone.
  void discard(std::function<void()> done);
  // The file has an owner now.
  void release();

  std::uint64_t bytes() const { return bytes_; }
  // SHA-256 in hex of the whole content. Once, after commit() is done.
  std::string content_sha256();
  std::string path() const;

 private:
  struct Disk;  // what the pool's threads use; the loop thread touches it only between tasks
  void run(std::function<std::optional<ApiError>(Disk&, const std::string&)> work, Done done);

  std::shared_ptr<BlockingPool> pool_;
  std::shared_ptr<Disk> disk_;
  std::string gathered_;
  std::uint64_t bytes_ = 0;
  bool released_ = false;
};

// What an earlier daemon left half-written. Blocks; for start-up.
void remove_partial_uploads(const std::filesystem::path& folder);

}  // namespace transcribed::http
