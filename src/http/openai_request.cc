#include "http/openai_request.h"

#include <algorithm>
#include <charconv>

#include "core/languages.h"
#include "core/transcript_text.h"
#include "http/transcript_format.h"
#include "wire/openai_json.h"
#include "wire/utf8.h"

namespace transcribed::http {
namespace {

constexpr std::string_view alias_of_default = "whisper-1";

}  // namespace

std::optional<ApiError> OpenAiRequest::set_format(const std::string& value) {
  if (value == "json") {
    format_ = Format::json;
  } else if (value == "text") {
    format_ = Format::text;
  } else if (value == "srt") {
    format_ = Format::srt;
  } else if (value == "vtt") {
    format_ = Format::vtt;
  } else if (value == "verbose_json") {
    format_ = Format::verbose_json;
  } else {
    return bad_value("response_format", "json, text, srt, verbose_json or vtt");
  }
  return std::nullopt;
}

std::optional<ApiError> OpenAiRequest::set_language(const std::string& value) {
  if (value.empty() || value == "auto") return std::nullopt;
  language_ = core::language_code(value);
  if (language_.empty()) {
    return bad_value("language", "a language that Whisper knows, as its ISO 639-1 code (\"en\")");
  }
  return std::nullopt;
}

std::optional<ApiError> OpenAiRequest::set_granularity(const std::string& value) {
  if (value == "word") {
    words_ = true;
  } else if (value == "segment") {
    segments_ = true;
  } else {
    return bad_value("timestamp_granularities", "word or segment");
  }
  return std::nullopt;
}

std::optional<ApiError> OpenAiRequest::set(std::string name, const std::string& value) {
  if (!wire::is_valid_utf8(value)) return bad_value(name, "UTF-8 text");
  if (name.ends_with("[]")) name.resize(name.size() - 2);
  if (name == "model") {
    model_ = value;
  } else if (name == "language") {
    return set_language(value);
  } else if (name == "prompt") {
    prompt_ = value;
  } else if (name == "response_format") {
    return set_format(value);
  } else if (name == "timestamp_granularities") {
    return set_granularity(value);
  } else if (name == "stream") {
    if (value != "true" && value != "false") return bad_value(name, "true or false");
    stream_ = value == "true";
  } else if (name == "temperature") {
    double number = -1;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = failure == std::errc{} && end == value.data() + value.size();
    if (!whole || !(number >= 0 && number <= 1)) return bad_value(name, "a number from 0 to 1");
    temperature_ = number;
  }
  return std::nullopt;
}

tl::expected<core::TranscribeOptions, ApiError> OpenAiRequest::options() const {
  if ((words_ || segments_) && format_ != Format::verbose_json) {
    return tl::unexpected(bad_request("bad_value",
                                      "\"timestamp_granularities\" needs \"response_format\" to be "
                                      "verbose_json.",
                                      "timestamp_granularities"));
  }
  if (stream_ && format_ != Format::json && format_ != Format::text) {
    return tl::unexpected(bad_request(
        "bad_value", "\"stream\" needs \"response_format\" to be json or text.", "stream"));
  }
  core::TranscribeOptions options;
  options.language = language_;
  if (task_ == Task::translate) options.task = "translate";
  options.initial_prompt = prompt_;
  options.temperature = temperature_;
  options.word_timestamps = words_;
  return options;
}

Response OpenAiRequest::answer(const core::Transcript& transcript) const {
  Response response;
  switch (format_) {
    case Format::json:
      response.body = wire::to_text_json(transcript);
      break;
    case Format::text:
      response.content_type = file_of(TranscriptFormat::txt).content_type;
      response.body = core::whole_text(transcript) + '\n';
      break;
    case Format::srt:
    case Format::vtt: {
      TranscriptRequest request;
      request.format = format_ == Format::srt ? TranscriptFormat::srt : TranscriptFormat::vtt;
      response.content_type = file_of(request.format).content_type;
      response.body = render(request, transcript, {});
      break;
    }
    case Format::verbose_json:
      response.body = wire::to_verbose_json(
          transcript, {.task = task_ == Task::translate ? "translate" : "transcribe",
                       .segments = segments_ || !words_,
                       .words = words_,
                       .temperature = temperature_.value_or(0)});
      break;
  }
  return response;
}

tl::expected<std::string, ApiError> openai_model(const std::string& name,
                                                 const scheduler::ModelsView& models) {
  const bool known = std::ranges::any_of(
      models.models, [&](const scheduler::ModelView& one) { return one.name == name; });
  if (known) return name;
  if (name == alias_of_default) return std::string();
  std::string names;
  for (const scheduler::ModelView& one : models.models) {
    names += (names.empty() ? "" : ", ") + one.name;
  }
  ApiError error = bad_request("model_not_found",
                               "The model '" + name.substr(0, 200) +
                                   "' does not exist here; there are: " + names +
                                   ", and whisper-1 for the default.",
                               "model");
  error.status = 404;
  return tl::unexpected(std::move(error));
}

}  // namespace transcribed::http
