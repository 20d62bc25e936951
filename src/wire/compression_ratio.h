// How well text can be compressed: what repeats itself has a high ratio, by which one finds where a
// model got stuck. One thread at a time.
#pragma once

#include <memory>
#include <string_view>

namespace transcribed::wire {

class CompressionRatio {
 public:
  CompressionRatio();
  ~CompressionRatio();
  CompressionRatio(const CompressionRatio&) = delete;
  CompressionRatio& operator=(const CompressionRatio&) = delete;

  // Bytes of `text` (UTF-8) over bytes of what zlib makes of it, as openai-whisper reckons; 0 for
  // empty text. Throws std::bad_alloc.
  double of(std::string_view text);

 private:
  struct Deflate;
  std::unique_ptr<Deflate> deflate_;
};

}  // namespace transcribed::wire
