// A Whisper model in ggml's file format, looked at before libwhisper is. libwhisper trusts what it
// reads: a file that was cut off gives it weights that were never there, and one that lies makes it
// write outside its memory.
#pragma once

#include <cstdint>
#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"

namespace transcribed::whisper {

struct ModelFile {
  int vocabulary = 0;  // tokens, timestamps included
  int audio_context = 0;
  int audio_width = 0;
  int audio_heads = 0;
  int audio_layers = 0;
  int text_context = 0;
  int text_width = 0;
  int text_heads = 0;
  int text_layers = 0;
  int mels = 0;
  std::int64_t weights_bytes = 0;  // of all tensors

  // Whisper's multilingual models have one token more than the English ones.
  bool multilingual() const { return vocabulary >= 51865; }
  // How many languages it tells apart, in the order of libwhisper's numbers; 0: English only.
  int languages() const;
  // What one decoder's self-attention cache takes: keys and values in f16 for the padded context.
  std::int64_t decoder_cache_bytes() const;
};

// Reads all but the weights themselves and checks that they are all there. `path` may be hostile.
// The failure (internal) is a sentence that says what is wrong with the file.
tl::expected<ModelFile, core::Failure> read_model_file(const std::string& path);

}  // namespace transcribed::whisper
