#include "http/file_streams.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace transcribed::http {
namespace {

constexpr std::uint64_t piece_bytes = 256 * 1024;

}  // namespace

void FileStreams::send(std::shared_ptr<const RecordingFile> file,
                       std::shared_ptr<ResponseStream> stream) {
  auto one = std::make_shared<Sending>();
  one->file = std::move(file);
  one->stream = std::move(stream);
  sending_.insert(one);
  const std::weak_ptr<Sending> weak = one;
  one->stream->on_closed([weak_self = weak_from_this(), weak] {
    const auto self = weak_self.lock();
    if (const auto gone = weak.lock(); self && gone) self->sending_.erase(gone);
  });
  one->stream->on_drained([weak_self = weak_from_this(), weak] {
    const auto self = weak_self.lock();
    if (const auto ready = weak.lock(); self && ready) self->read_on(ready);
  });
  read_on(one);
}

void FileStreams::read_on(const std::shared_ptr<Sending>& one) {
  if (one->reading) return;
  if (one->next == one->file->size()) {
    one->stream->close();
    sending_.erase(one);
    return;
  }
  one->reading = true;
  struct Piece {
    std::shared_ptr<const RecordingFile> file;
    std::uint64_t first = 0;
    std::uint64_t length = 0;
    tl::expected<std::string, ApiError> bytes;
  };
  auto piece = std::make_shared<Piece>();
  piece->file = one->file;
  piece->first = one->next;
  piece->length = std::min(piece_bytes, one->file->size() - one->next);
  pool_->run(
      [piece] {
        piece->bytes = piece->file->read(piece->first, static_cast<std::size_t>(piece->length));
      },
      [weak_self = weak_from_this(), weak = std::weak_ptr<Sending>(one), piece] {
        const auto self = weak_self.lock();
        if (const auto at = weak.lock(); self && at) self->take(at, std::move(piece->bytes));
      });
}

void FileStreams::take(const std::shared_ptr<Sending>& one,
                       tl::expected<std::string, ApiError> piece) {
  one->reading = false;
  if (!sending_.contains(one)) return;  // the client has gone
  if (!piece) {
    spdlog::warn("A recording could not be sent to its end: {}", piece.error().message);
    sending_.erase(one);
    return;
  }
  one->next += piece->size();
  one->stream->write(std::make_shared<const std::string>(std::move(*piece)));
  if (one->stream->pending_bytes() == 0) read_on(one);
}

}  // namespace transcribed::http
