#include "http/asr_api.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "core/languages.h"
#include "http/asr_request.h"
#include "http/form_upload.h"
#include "http/waiting_answer.h"
#include "wire/utf8.h"

namespace transcribed::http {
namespace {

// The language is found out in what Whisper hears at once.
constexpr double seconds_for_language = 30;

Response asr_transcript(TranscriptFormat output, const core::Job& job,
                        const core::Transcript& transcript) {
  TranscriptRequest request;
  request.format = output;
  Response response;
  // That service says text/plain of everything but JSON.
  response.content_type =
      output == TranscriptFormat::json ? "application/json" : "text/plain; charset=utf-8";
  response.body = render(request, transcript, job.options);
  return response;
}

Response detected_language(const core::Transcript& transcript) {
  const std::string_view name = core::language_name(transcript.language);
  boost::json::object body;
  if (transcript.language.empty()) {
    body["detected_language"] = nullptr;
    body["language_code"] = nullptr;
  } else {
    body["detected_language"] =
        name.empty() ? wire::to_valid_utf8(transcript.language) : std::string(name);
    body["language_code"] = wire::to_valid_utf8(transcript.language);
  }
  if (transcript.language_probability) {
    body["confidence"] = *transcript.language_probability;
  } else {
    body["confidence"] = nullptr;
  }
  Response response;
  response.body = boost::json::serialize(body) + '\n';
  return response;
}

class AsrUpload final : public FormUpload {
 public:
  AsrUpload(const SubmissionContext& context, ExchangePtr exchange, std::string_view boundary,
            AsrRequest wanted, Dialect dialect)
      : FormUpload(context, std::move(exchange), boundary, "audio_file"),
        wanted_(std::move(wanted)),
        dialect_(std::move(dialect)) {}

 private:
  std::optional<ApiError> take_field(const std::string&, const std::string&) override {
    return std::nullopt;
  }
  std::optional<std::string> model_so_far() const override { return std::string(); }
  bool may_join() const override { return true; }
  std::string header_of_file() override {
    return wanted_.is_raw_pcm ? wav_header_for_raw_pcm() : std::string();
  }
  tl::expected<scheduler::Submission, ApiError> request() override {
    scheduler::Submission submission;
    submission.options = wanted_.options;
    submission.interactive = true;
    submission.deduplicate = true;
    return submission;
  }
  void submitted(const scheduler::JobView& view) override {
    answer_when_ended(context(), exchange(), view, dialect_);
  }
  Response to_answer(const ApiError& error) override { return with_retry_advice(error); }

  const AsrRequest wanted_;
  const Dialect dialect_;
};

// The recording's field has another name than in OpenAI's form.
Response error_answer(ApiError error) {
  if (error.param == "file") error.param = "audio_file";
  return with_retry_advice(error);
}

enum class AsrTask { transcribe, detect_language };

void take_asr(const SubmissionContext& context, AsrTask task, ExchangePtr exchange) {
  const auto boundary = multipart_boundary(exchange->header("content-type"));
  if (!boundary) {
    exchange->respond(to_response(no_form("audio_file")));
    return;
  }
  auto wanted = read_asr_request(exchange->query());
  if (!wanted) {
    exchange->respond(to_response(wanted.error()));
    return;
  }
  Dialect dialect{.transcript = {}, .error = error_answer};
  if (task == AsrTask::detect_language) {
    wanted->options = {};
    wanted->options.max_seconds = seconds_for_language;
    dialect.transcript = [](const core::Job&, const core::Transcript& transcript) {
      return detected_language(transcript);
    };
  } else {
    dialect.transcript = [output = wanted->output](const core::Job& job,
                                                   const core::Transcript& transcript) {
      return asr_transcript(output, job, transcript);
    };
  }
  std::make_shared<AsrUpload>(context, std::move(exchange), *boundary, std::move(*wanted),
                              std::move(dialect))
      ->start();
}

}  // namespace

void add_asr_api(Router& router, const SubmissionContext& context) {
  router.add(Method::post, "/asr", [&context](ExchangePtr exchange) {
    take_asr(context, AsrTask::transcribe, std::move(exchange));
  });
  router.add(Method::post, "/detect-language", [&context](ExchangePtr exchange) {
    take_asr(context, AsrTask::detect_language, std::move(exchange));
  });
}

}  // namespace transcribed::http
