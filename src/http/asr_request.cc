#include "http/asr_request.h"

#include <cstdint>
#include <optional>

#include "core/languages.h"
#include "http/query.h"
#include "wire/header_parameters.h"

namespace transcribed::http {
namespace {

constexpr std::uint32_t unknown_size = 0xFFFFFFFF;  // the format's own way: until the file ends

void append_le(std::string& out, std::uint32_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xFF);
}

std::optional<TranscriptFormat> output_format(std::string_view name) {
  if (name == "txt") return TranscriptFormat::txt;
  if (name == "vtt") return TranscriptFormat::vtt;
  if (name == "srt") return TranscriptFormat::srt;
  if (name == "tsv") return TranscriptFormat::tsv;
  if (name == "json") return TranscriptFormat::json;
  return std::nullopt;
}

// As FastAPI, which that service is written with, reads a truth value.
std::optional<bool> truth(std::string_view text) {
  const std::string word = wire::to_lower(text);
  if (word == "true" || word == "1" || word == "on" || word == "yes" || word == "y" ||
      word == "t") {
    return true;
  }
  if (word == "false" || word == "0" || word == "off" || word == "no" || word == "n" ||
      word == "f" || word.empty()) {
    return false;
  }
  return std::nullopt;
}

tl::unexpected<ApiError> bad_parameter(const std::string& name, const std::string& must) {
  return tl::unexpected(
      bad_request("bad_value", "The parameter \"" + name + "\" must be " + must + ".", name));
}

}  // namespace

tl::expected<AsrRequest, ApiError> read_asr_request(std::string_view query) {
  auto parameters = parse_any_query(query);
  if (!parameters) return tl::unexpected(std::move(parameters.error()));
  AsrRequest request;
  for (const auto& [name, value] : *parameters) {
    if (name == "task") {
      if (!value.empty() && value != "transcribe" && value != "translate") {
        return bad_parameter(name, "transcribe or translate");
      }
      if (value == "translate") request.options.task = value;
    } else if (name == "language") {
      if (value.empty() || value == "auto") continue;
      request.options.language = core::language_code(value);
      if (request.options.language.empty()) {
        return bad_parameter(name, "a language that Whisper knows (\"en\")");
      }
    } else if (name == "initial_prompt") {
      request.options.initial_prompt = value;
    } else if (name == "output") {
      const auto format = output_format(value);
      if (!format) return bad_parameter(name, "txt, vtt, srt, tsv or json");
      request.output = *format;
    } else if (name == "word_timestamps" || name == "encode") {
      const auto is_true = truth(value);
      if (!is_true) return bad_parameter(name, "true or false");
      if (name == "encode") {
        request.is_raw_pcm = !*is_true;
      } else {
        request.options.word_timestamps = *is_true;
      }
    }
  }
  return request;
}

std::string wav_header_for_raw_pcm() {
  constexpr std::uint32_t rate = 16'000;
  constexpr std::uint32_t sample_bytes = 2;
  std::string header = "RIFF";
  append_le(header, unknown_size, 4);
  header += "WAVEfmt ";
  append_le(header, 16, 4);  // bytes of this chunk
  append_le(header, 1, 2);   // PCM
  append_le(header, 1, 2);   // channels
  append_le(header, rate, 4);
  append_le(header, rate * sample_bytes, 4);
  append_le(header, sample_bytes, 2);  // a sample of all channels
  append_le(header, 8 * sample_bytes, 2);
  header += "data";
  append_le(header, unknown_size, 4);
  return header;
}

}  // namespace transcribed::http
