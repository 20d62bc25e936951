#include "whisper/vad_file.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace transcribed::whisper {
namespace {

constexpr std::int32_t magic = 0x67676d6c;  // "ggml"
constexpr std::string_view kind = "silero-16k";
constexpr std::int64_t most_bytes = 4 << 20;  // those published have 885,098
constexpr std::int32_t most_name_bytes = 128;

// Window and context, four layers, LSTM, last layer: libwhisper's graph is made for these.
constexpr std::array<std::int32_t, 19> layout = {512, 64, 4,  129, 128, 3,   128, 64,  3, 64,
                                                 64,  3,  64, 128, 3,   128, 128, 128, 1};

struct Tensor {
  std::array<std::int32_t, 3> shape;  // fastest-varying dimension first
  std::int32_t type;                  // ggml's number: 0 is f32, 1 is f16
};

std::map<std::string, Tensor, std::less<>> tensors() {
  return {{"_model.stft.forward_basis_buffer", {{256, 1, 258}, 1}},
          {"_model.encoder.0.reparam_conv.weight", {{3, 129, 128}, 1}},
          {"_model.encoder.0.reparam_conv.bias", {{128, 1, 1}, 0}},
          {"_model.encoder.1.reparam_conv.weight", {{3, 128, 64}, 1}},
          {"_model.encoder.1.reparam_conv.bias", {{64, 1, 1}, 0}},
          {"_model.encoder.2.reparam_conv.weight", {{3, 64, 64}, 1}},
          {"_model.encoder.2.reparam_conv.bias", {{64, 1, 1}, 0}},
          {"_model.encoder.3.reparam_conv.weight", {{3, 64, 128}, 1}},
          {"_model.encoder.3.reparam_conv.bias", {{128, 1, 1}, 0}},
          {"_model.decoder.rnn.weight_ih", {{128, 512, 1}, 0}},
          {"_model.decoder.rnn.weight_hh", {{128, 512, 1}, 0}},
          {"_model.decoder.rnn.bias_ih", {{512, 1, 1}, 0}},
          {"_model.decoder.rnn.bias_hh", {{512, 1, 1}, 0}},
          {"_model.decoder.decoder.2.weight", {{128, 1, 1}, 1}},
          {"_model.decoder.decoder.2.bias", {{1, 1, 1}, 0}}};
}

// What is wrong, as the end of a sentence about the file.
using Fault = std::optional<std::string>;

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  Fault read() {
    if (Fault fault = read_head()) return fault;
    auto missing = tensors();
    while (!rest_.empty()) {
      if (Fault fault = read_tensor(missing)) return fault;
    }
    if (missing.empty()) return std::nullopt;
    return fmt::format("is not complete: its tensor {} is missing", missing.begin()->first);
  }

 private:
  static std::string cut_off() { return "ends too early: it was cut off, or never complete"; }
  static std::string foreign() {
    return "is no voice activity detection model that libwhisper can use "
           "(ggml-silero-*.bin)";
  }

  bool take(std::size_t bytes, std::string_view& taken) {
    if (bytes > rest_.size()) return false;
    taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return true;
  }
  bool take_number(std::int32_t& number) {
    std::string_view bytes;
    if (!take(sizeof number, bytes)) return false;
    std::memcpy(&number, bytes.data(), sizeof number);
    return true;
  }

  Fault read_head() {
    std::int32_t number = 0;
    if (!take_number(number)) return cut_off();
    if (number != magic) return foreign();
    if (!take_number(number)) return cut_off();
    // A Whisper model has its number of tokens here.
    if (number > 50'000 && number < 53'000) {
      return "is a Whisper model, not one for voice activity detection (ggml-silero-*.bin)";
    }
    std::string_view name;
    if (number != static_cast<std::int32_t>(kind.size())) return foreign();
    if (!take(kind.size(), name)) return cut_off();
    if (name != kind) return foreign();
    for (int i = 0; i < 3; ++i) {
      if (!take_number(number)) return cut_off();
    }
    for (const std::int32_t expected : layout) {
      if (!take_number(number)) return cut_off();
      if (number != expected) {
        return fmt::format(
            "is damaged, or of a kind that libwhisper does not know: its head says {} where {} is "
            "expected",
            number, expected);
      }
    }
    return std::nullopt;
  }

  Fault read_tensor(std::map<std::string, Tensor, std::less<>>& missing) {
    std::int32_t dimensions = 0;
    std::int32_t name_length = 0;
    std::int32_t type = 0;
    if (!take_number(dimensions) || !take_number(name_length) || !take_number(type)) {
      return cut_off();
    }
    if (dimensions < 0 || dimensions > 3 || name_length < 1 || name_length > most_name_bytes) {
      return fmt::format("is damaged: a tensor has {} dimensions and a name of {} bytes",
                         dimensions, name_length);
    }
    std::array<std::int32_t, 3> shape = {1, 1, 1};
    for (std::int32_t i = 0; i < dimensions; ++i) {
      if (!take_number(shape[static_cast<std::size_t>(i)])) return cut_off();
    }
    std::string_view name;
    if (!take(static_cast<std::size_t>(name_length), name)) return cut_off();
    const auto expected = missing.find(name);
    if (expected == missing.end()) {
      return "is damaged: it has a tensor twice, or one that no such model has";
    }
    if (shape != expected->second.shape || type != expected->second.type) {
      return fmt::format("is damaged: its tensor {} has another shape or type", expected->first);
    }
    const std::size_t elements = static_cast<std::size_t>(shape[0]) *
                                 static_cast<std::size_t>(shape[1]) *
                                 static_cast<std::size_t>(shape[2]);
    std::string_view weights;
    if (!take(elements * (type == 0 ? 4 : 2), weights)) return cut_off();
    missing.erase(expected);
    return std::nullopt;
  }

  std::string_view rest_;
};

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

tl::expected<std::string, core::Failure> read_vad_file(const std::string& path) {
  const auto failure = [&path](std::string_view what) {
    return tl::unexpected(
        core::Failure{core::FailureKind::internal,
                      fmt::format("The voice activity detection model {} {}.", path, what)});
  };
  struct stat status {};
  // Asked before it is opened: opening a FIFO would wait for a writer.
  if (::stat(path.c_str(), &status) != 0) {
    return failure(fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) return failure("is not a file");
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return failure(fmt::format("cannot be read: {}", std::strerror(errno)));
  // Not by the size it had: it may grow or shrink meanwhile.
  std::string bytes(static_cast<std::size_t>(most_bytes) + 1, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get()) != 0) return failure("cannot be read to its end");
  bytes.shrink_to_fit();
  if (const Fault fault = Reader(bytes).read()) return failure(*fault);
  return bytes;
}

}  // namespace transcribed::whisper
