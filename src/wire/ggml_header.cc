#include "wire/ggml_header.h"

#include <array>
#include <optional>

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
  std::int32_t min;
  std::int32_t max;
};
// libwhisper is written for these contexts and this kind of vocabulary (some fine-tuned models add
// a few tokens); the rest is far above large-v3's numbers, and far below what could be used to ask
// for absurd amounts of memory.
constexpr std::array<Field, 11> fields{{{&GgmlHeader::vocabulary, "vocabulary", 51'864, 52'000},
                                        {&GgmlHeader::audio_context, "audio context", 1'500, 1'500},
                                        {&GgmlHeader::audio_width, "audio width", 1, 8'192},
                                        {&GgmlHeader::audio_heads, "audio heads", 1, 256},
                                        {&GgmlHeader::audio_layers, "audio layers", 1, 256},
                                        {&GgmlHeader::text_context, "text context", 448, 448},
                                        {&GgmlHeader::text_width, "text width", 1, 8'192},
                                        {&GgmlHeader::text_heads, "text heads", 1, 256},
                                        {&GgmlHeader::text_layers, "text layers", 1, 256},
                                        {&GgmlHeader::mel_bands, "mel bands", 1, 512},
                                        {&GgmlHeader::weight_type, "weight type", 0, 100'000}}};

constexpr std::int32_t quantisation_versions = 1'000;  // ggml: the type's thousands are a version
constexpr std::int32_t most_type = 24;

// The error names the first field that no Whisper model has so.
std::optional<std::string> fault_of(const GgmlHeader& header) {
  for (const Field& field : fields) {
    const std::int32_t value = header.*field.member;
    if (value >= field.min && value <= field.max) continue;
    return fmt::format("its header gives {} as {}", value, field.name);
  }
  if (header.weight_type % quantisation_versions > most_type) {
    return fmt::format("its header gives {} as weight type", header.weight_type);
  }
  if (header.audio_width != header.text_width || header.audio_width % header.audio_heads != 0 ||
      header.text_width % header.text_heads != 0) {
    return fmt::format("the widths {} and {} in its header do not go with {} and {} heads",
                       header.audio_width, header.text_width, header.audio_heads,
                       header.text_heads);
  }
  return std::nullopt;
}

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
    header.*fields[i].member = static_cast<std::int32_t>(word(bytes, i + 1));
  }
  if (const auto fault = fault_of(header)) {
    return tl::unexpected("is damaged, or no Whisper model: " + *fault);
  }
  return header;
}

}  // namespace transcribed::wire
