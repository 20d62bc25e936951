#include "wire/ggml_header.h"

#include <array>

#include <fmt/format.h>

namespace transcribed::wire {
namespace {

constexpr std::uint32_t magic = 0x67676d6c;

std::uint32_t word(std::string_view bytes, std::size_t index) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[index * 4 + i - 1]);
  }
  return value;
}

struct Field {
  std::int32_t GgmlHeader::*member;
  std::string_view name;
  std::int32_t max;
};
// Far above large-v3's numbers, far below what could be used to ask for absurd amounts of memory.
constexpr std::array<Field, 11> fields{{{&GgmlHeader::vocabulary, "vocabulary", 1'000'000},
                                        {&GgmlHeader::audio_context, "audio context", 65'536},
                                        {&GgmlHeader::audio_width, "audio width", 16'384},
                                        {&GgmlHeader::audio_heads, "audio heads", 1'024},
                                        {&GgmlHeader::audio_layers, "audio layers", 1'024},
                                        {&GgmlHeader::text_context, "text context", 65'536},
                                        {&GgmlHeader::text_width, "text width", 16'384},
                                        {&GgmlHeader::text_heads, "text heads", 1'024},
                                        {&GgmlHeader::text_layers, "text layers", 1'024},
                                        {&GgmlHeader::mel_bands, "mel bands", 1'024},
                                        {&GgmlHeader::weight_type, "weight type", 100'000}}};

std::string what_it_is(std::string_view bytes) {
  if (bytes.starts_with("GGUF")) {
    return "is a GGUF file, which libwhisper does not read; convert it to ggml, or take one from "
           "https://huggingface.co/ggerganov/whisper.cpp";
  }
  if (bytes.starts_with("PK\x03\x04")) {
    return "is a zip archive (a PyTorch model is one), not a ggml Whisper model";
  }
  if (bytes.starts_with("version https://git-lfs")) {
    return "is a Git LFS pointer, a few lines of text in place of the model; download the file "
           "itself";
  }
  if (bytes.starts_with("<!") || bytes.starts_with("<html")) {
    return "is a web page, not a ggml Whisper model";
  }
  return "is not a ggml Whisper model";
}

}  // namespace

tl::expected<GgmlHeader, std::string> parse_ggml_header(std::string_view bytes) {
  if (bytes.empty()) return tl::unexpected(std::string("is empty"));
  if (bytes.size() < 4 || word(bytes, 0) != magic) return tl::unexpected(what_it_is(bytes));
  if (bytes.size() < ggml_header_bytes) {
    return tl::unexpected(
        fmt::format("is cut off after {} bytes, inside its header", bytes.size()));
  }
  GgmlHeader header;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto value = static_cast<std::int32_t>(word(bytes, i + 1));
    // Only the weights' type may be 0: f32.
    const std::int32_t min = fields[i].member == &GgmlHeader::weight_type ? 0 : 1;
    if (value < min || value > fields[i].max) {
      return tl::unexpected(fmt::format(
          "is damaged, or no Whisper model: its header gives {} as {}", value, fields[i].name));
    }
    header.*fields[i].member = value;
  }
  return header;
}

std::string_view whisper_size(const GgmlHeader& header) {
  switch (header.audio_layers) {
    case 4:
      return "tiny";
    case 6:
      return "base";
    case 12:
      return "small";
    case 24:
      return "medium";
    case 32:
      return header.text_layers < 32 ? "turbo" : "large";
    default:
      return "";
  }
}

}  // namespace transcribed::wire
