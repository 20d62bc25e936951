// What the first bytes of a Whisper model in ggml form say. Pure; any thread. The format is
// whisper.cpp's: little-endian, magic 0x67676d6c, then eleven 32-bit integers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace transcribed::wire {

inline constexpr std::size_t ggml_header_bytes = 48;

struct GgmlHeader {
  std::int32_t vocabulary = 0;  // tokens
  std::int32_t audio_context = 0, audio_width = 0, audio_heads = 0, audio_layers = 0;
  std::int32_t text_context = 0, text_width = 0, text_heads = 0, text_layers = 0;
  std::int32_t mel_bands = 0;
  std::int32_t weight_type = 0;  // ggml's ftype; from 1000 on with the quantisation's version

  // As libwhisper decides it: English-only models have one token less.
  bool multilingual() const { return vocabulary >= 51865; }
};

// `bytes` is the file's beginning, at least its first ggml_header_bytes where it has so many. The
// error says what the bytes are not, as the end of a sentence that begins with the file's name: "is
// ...". Numbers no Whisper model has are refused, so that nothing is allocated by them.
tl::expected<GgmlHeader, std::string> parse_ggml_header(std::string_view bytes);

}  // namespace transcribed::wire
