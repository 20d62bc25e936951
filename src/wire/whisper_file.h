// A Whisper model in ggml's file format, read but for the weights themselves. libwhisper trusts
// what it reads: a file that was cut off gives it weights that were never there, and one that lies
// makes it write outside its memory. So this looks first.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include <tl/expected.hpp>

#include "wire/ggml_header.h"

namespace transcribed::wire {

struct WhisperFile : GgmlHeader {
  std::int64_t weights_bytes = 0;  // of all tensors

  // How many languages it tells apart, in the order of libwhisper's numbers; 0: English only.
  int languages() const;
  // What one decoder's self-attention cache takes: keys and values in f16 for the padded context.
  std::int64_t decoder_cache_bytes() const;
};

// Reads `file` from where it stands to its end, `size` bytes from its beginning, and checks that
// all tensors are there, each in its shape. Takes milliseconds where it is in the cache; blocks as
// the file system does. What is in it may be hostile. The error completes a sentence that begins
// with the file's name: "ends too early: ...".
tl::expected<WhisperFile, std::string> read_whisper_file(std::FILE* file, std::int64_t size);

}  // namespace transcribed::wire
