#include "wire/compression_ratio.h"

#define ZLIB_CONST  // zlib does not write into what it reads
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace transcribed::wire {

// Kept from text to text: to set one up takes longer than to compress a sentence.
struct CompressionRatio::Deflate {
  z_stream stream{};
  std::array<Bytef, 4096> thrown_away;
};

CompressionRatio::CompressionRatio() : deflate_(std::make_unique<Deflate>()) {
  if (deflateInit(&deflate_->stream, Z_DEFAULT_COMPRESSION) != Z_OK) throw std::bad_alloc();
}

CompressionRatio::~CompressionRatio() { deflateEnd(&deflate_->stream); }

double CompressionRatio::of(std::string_view text) {
  if (text.empty()) return 0;
  z_stream& stream = deflate_->stream;
  deflateReset(&stream);
  std::string_view rest = text;
  int status = Z_OK;
  while (status == Z_OK) {
    const auto piece = std::min<std::size_t>(rest.size(), std::numeric_limits<uInt>::max());
    stream.next_in = reinterpret_cast<const Bytef*>(rest.data());
    stream.avail_in = static_cast<uInt>(piece);
    stream.next_out = deflate_->thrown_away.data();
    stream.avail_out = static_cast<uInt>(deflate_->thrown_away.size());
    status = deflate(&stream, piece == rest.size() ? Z_FINISH : Z_NO_FLUSH);
    rest.remove_prefix(piece - stream.avail_in);
  }
  return static_cast<double>(text.size()) / static_cast<double>(stream.total_out);
}

}  // namespace transcribed::wire
