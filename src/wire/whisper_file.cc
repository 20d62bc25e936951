#include "wire/whisper_file.h"

#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace transcribed::wire {
namespace {

constexpr int fourier_bins = 201;        // of 400 samples, WHISPER_N_FFT
constexpr int before_languages = 51765;  // all tokens of a multilingual model but its languages
constexpr int most_token_bytes = 1024;
constexpr int most_name_bytes = 128;

// ggml's number for an element type, elements and bytes of a block.
struct ElementType {
  std::int32_t number;
  int elements;
  int bytes;
};
constexpr std::array<ElementType, 13> element_types = {{{0, 1, 4},       // f32
                                                        {1, 1, 2},       // f16
                                                        {2, 32, 18},     // q4_0
                                                        {3, 32, 20},     // q4_1
                                                        {6, 32, 22},     // q5_0
                                                        {7, 32, 24},     // q5_1
                                                        {8, 32, 34},     // q8_0
                                                        {10, 256, 84},   // q2_K
                                                        {11, 256, 110},  // q3_K
                                                        {12, 256, 144},  // q4_K
                                                        {13, 256, 176},  // q5_K
                                                        {14, 256, 210},  // q6_K
                                                        {30, 1, 2}}};    // bf16

const ElementType* element_type(std::int32_t number) {
  for (const ElementType& type : element_types) {
    if (type.number == number) return &type;
  }
  return nullptr;
}

// Fastest-varying dimension first, as the file has it.
using Shape = std::array<std::int64_t, 3>;
using Tensors = std::unordered_map<std::string, Shape>;

void add_linear(Tensors& all, const std::string& name, std::int64_t in, std::int64_t out,
                bool bias = true) {
  all[name + ".weight"] = {in, out, 1};
  if (bias) all[name + ".bias"] = {out, 1, 1};
}

void add_norm(Tensors& all, const std::string& name, std::int64_t width) {
  all[name + ".weight"] = {width, 1, 1};
  all[name + ".bias"] = {width, 1, 1};
}

void add_attention(Tensors& all, const std::string& name, std::int64_t width) {
  add_norm(all, name + "_ln", width);
  add_linear(all, name + ".query", width, width);
  add_linear(all, name + ".key", width, width, false);
  add_linear(all, name + ".value", width, width);
  add_linear(all, name + ".out", width, width);
}

void add_blocks(Tensors& all, const std::string& side, int layers, std::int64_t width, bool cross) {
  for (int layer = 0; layer < layers; ++layer) {
    const std::string block = fmt::format("{}.blocks.{}.", side, layer);
    add_attention(all, block + "attn", width);
    if (cross) add_attention(all, block + "cross_attn", width);
    add_norm(all, block + "mlp_ln", width);
    add_linear(all, block + "mlp.0", width, 4 * width);
    add_linear(all, block + "mlp.2", 4 * width, width);
  }
}

Tensors tensors_of(const GgmlHeader& model) {
  Tensors all;
  const std::int64_t audio = model.audio_width;
  const std::int64_t text = model.text_width;
  all["encoder.positional_embedding"] = {audio, model.audio_context, 1};
  all["encoder.conv1.weight"] = {3, model.mel_bands, audio};
  all["encoder.conv1.bias"] = {1, audio, 1};
  all["encoder.conv2.weight"] = {3, audio, audio};
  all["encoder.conv2.bias"] = {1, audio, 1};
  add_norm(all, "encoder.ln_post", audio);
  add_blocks(all, "encoder", model.audio_layers, audio, false);
  all["decoder.positional_embedding"] = {text, model.text_context, 1};
  all["decoder.token_embedding.weight"] = {text, model.vocabulary, 1};
  add_norm(all, "decoder.ln", text);
  add_blocks(all, "decoder", model.text_layers, text, true);
  return all;
}

// What is wrong, as the end of a sentence about the file.
using Fault = std::optional<std::string>;

class Reader {
 public:
  Reader(std::FILE* file, std::int64_t size) : file_(file), size_(size) {}

  tl::expected<WhisperFile, std::string> read() {
    Fault fault = read_header();
    if (!fault) fault = skip_filters();
    if (!fault) fault = skip_vocabulary();
    if (!fault) fault = read_tensors();
    if (fault) return tl::unexpected(std::move(*fault));
    return model_;
  }

 private:
  static std::string cut_off() { return "ends too early: it was cut off, or never complete"; }

  // All numbers of the format are little-endian, as is every machine libwhisper's files are for.
  bool read_bytes(void* into, std::size_t bytes) {
    return std::fread(into, 1, bytes, file_) == bytes;
  }
  bool read_number(std::int32_t& number) { return read_bytes(&number, sizeof number); }
  // A seek may pass the end without an error.
  bool skip(std::int64_t bytes) {
    const std::int64_t at = ::ftello(file_);
    return at >= 0 && bytes <= size_ - at && ::fseeko(file_, bytes, SEEK_CUR) == 0;
  }

  Fault read_header() {
    std::array<char, ggml_header_bytes> head{};
    const std::size_t got = std::fread(head.data(), 1, head.size(), file_);
    auto header = parse_ggml_header(std::string_view(head.data(), got));
    if (!header) return std::move(header.error());
    static_cast<GgmlHeader&>(model_) = *header;
    return std::nullopt;
  }

  Fault skip_filters() {
    std::int32_t mels = 0;
    std::int32_t bins = 0;
    if (!read_number(mels) || !read_number(bins)) return cut_off();
    if (mels != model_.mel_bands || bins != fourier_bins) {
      return fmt::format("is damaged: its mel filters are {} by {}, not {} by {}", mels, bins,
                         model_.mel_bands, fourier_bins);
    }
    if (!skip(std::int64_t{4} * mels * bins)) return cut_off();
    return std::nullopt;
  }

  Fault skip_vocabulary() {
    std::int32_t tokens = 0;
    if (!read_number(tokens)) return cut_off();
    if (tokens < 256 || tokens > model_.vocabulary) {
      return fmt::format("is damaged: it lists {} tokens of {}", tokens, model_.vocabulary);
    }
    bool has_space = false;
    std::array<char, most_token_bytes> text;
    for (std::int32_t i = 0; i < tokens; ++i) {
      std::int32_t length = 0;
      if (!read_number(length)) return cut_off();
      if (length < 0 || length > most_token_bytes) {
        return fmt::format("is damaged: its token {} is {} bytes long", i, length);
      }
      if (!read_bytes(text.data(), static_cast<std::size_t>(length))) return cut_off();
      has_space = has_space || (length == 1 && text[0] == ' ');
    }
    // libwhisper looks it up to keep it out of a segment's beginning.
    if (!has_space) return "cannot be used: its vocabulary has no token for a space";
    return std::nullopt;
  }

  Fault read_tensors() {
    Tensors missing = tensors_of(model_);
    const std::size_t all = missing.size();
    while (::ftello(file_) < size_) {
      if (Fault fault = read_tensor(missing)) return fault;
    }
    if (missing.size() == all) return "has no weights";
    if (!missing.empty()) {
      return fmt::format("is not complete: {} of its {} tensors are missing (one is {})",
                         missing.size(), all, missing.begin()->first);
    }
    return std::nullopt;
  }

  Fault read_tensor(Tensors& missing) {
    std::int32_t dimensions = 0;
    std::int32_t name_length = 0;
    std::int32_t type_number = 0;
    if (!read_number(dimensions) || !read_number(name_length) || !read_number(type_number)) {
      return cut_off();
    }
    const ElementType* type = element_type(type_number);
    if (dimensions < 1 || dimensions > 3 || name_length < 1 || name_length > most_name_bytes ||
        type == nullptr) {
      return fmt::format(
          "is damaged: a tensor has {} dimensions, a name of {} bytes and the type {}", dimensions,
          name_length, type_number);
    }
    Shape shape = {1, 1, 1};
    for (int i = 0; i < dimensions; ++i) {
      std::int32_t length = 0;
      if (!read_number(length)) return cut_off();
      shape[static_cast<std::size_t>(i)] = length;
    }
    std::string name(static_cast<std::size_t>(name_length), '\0');
    if (!read_bytes(name.data(), name.size())) return cut_off();
    const auto expected = missing.find(name);
    if (expected == missing.end()) {
      return "is damaged: it has a tensor twice, or one that no Whisper model has";
    }
    if (expected->second != shape) {
      return fmt::format("is damaged: its tensor {} is {} x {} x {}, not {} x {} x {}", name,
                         shape[0], shape[1], shape[2], expected->second[0], expected->second[1],
                         expected->second[2]);
    }
    missing.erase(expected);
    if (shape[0] % type->elements != 0) {
      return fmt::format("is damaged: its tensor {} does not fill whole blocks", name);
    }
    // At most 8192 * 4 * 52000 elements, so nothing overflows.
    const std::int64_t bytes = shape[0] / type->elements * type->bytes * shape[1] * shape[2];
    if (!skip(bytes)) return cut_off();
    model_.weights_bytes += bytes;
    return std::nullopt;
  }

  std::FILE* file_;
  std::int64_t size_;
  WhisperFile model_;
};

}  // namespace

int WhisperFile::languages() const {
  return multilingual() ? vocabulary - before_languages - 1 : 0;
}

std::int64_t WhisperFile::decoder_cache_bytes() const {
  const std::int64_t padded_context = (text_context + 255) / 256 * 256;
  return 2 * 2 * padded_context * text_layers * text_width;
}

tl::expected<WhisperFile, std::string> read_whisper_file(std::FILE* file, std::int64_t size) {
  return Reader(file, size).read();
}

}  // namespace transcribed::wire
