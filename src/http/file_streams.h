// Whole recordings on their way to clients, however long: read by the pool in pieces, each when the
// client has taken the one before. Loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "http/blocking_pool.h"
#include "http/recording_file.h"
#include "http/response_stream.h"

namespace transcribed::http {

class FileStreams : public std::enable_shared_from_this<FileStreams> {
 public:
  explicit FileStreams(std::shared_ptr<BlockingPool> pool) : pool_(std::move(pool)) {}

  // Closes `stream` after the file's last byte; cuts it where the file cannot be read on.
  void send(std::shared_ptr<const RecordingFile> file, std::shared_ptr<ResponseStream> stream);

  std::size_t count() const { return sending_.size(); }

 private:
  struct Sending {
    std::shared_ptr<const RecordingFile> file;
    std::shared_ptr<ResponseStream> stream;
    std::uint64_t next = 0;  // byte
    bool reading = false;
  };
  void read_on(const std::shared_ptr<Sending>& one);
  void take(const std::shared_ptr<Sending>& one, tl::expected<std::string, ApiError> piece);

  std::shared_ptr<BlockingPool> pool_;
  std::set<std::shared_ptr<Sending>> sending_;
};

}  // namespace transcribed::http
