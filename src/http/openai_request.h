// The fields of OpenAI's POST /v1/audio/transcriptions and /translations, as published in its API
// reference. Pure.
#pragma once

#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "core/job.h"
#include "http/errors.h"
#include "http/exchange.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

class OpenAiRequest {
 public:
  enum class Task { transcribe, translate };
  explicit OpenAiRequest(Task task) : task_(task) {}

  // Arrays come as repeated "name[]", or bare. Fields that this server has no use for, and unknown
  // ones, are ignored: clients send what other servers know.
  std::optional<ApiError> set(std::string name, const std::string& value);

  // As the client wrote it; nothing: it has not come yet.
  const std::optional<std::string>& model() const { return model_; }
  bool stream() const { return stream_; }
  // Once all fields are there; refuses what does not go together.
  tl::expected<core::TranscribeOptions, ApiError> options() const;
  // Of the finished job.
  Response answer(const core::Transcript& transcript) const;

 private:
  enum class Format { json, text, srt, vtt, verbose_json };
  std::optional<ApiError> set_format(const std::string& value);
  std::optional<ApiError> set_language(const std::string& value);
  std::optional<ApiError> set_granularity(const std::string& value);

  const Task task_;
  std::optional<std::string> model_;
  std::string language_;
  std::string prompt_;
  std::optional<double> temperature_;
  Format format_ = Format::json;
  bool words_ = false;
  bool segments_ = false;
  bool stream_ = false;
};

// "whisper-1" is the default model, unless one of that name is configured; `models` as there are.
// The name for JobService; the error is OpenAI's 404.
tl::expected<std::string, ApiError> openai_model(const std::string& name,
                                                 const scheduler::ModelsView& models);

}  // namespace transcribed::http
