#include "http/transcript_api.h"

#include <exception>
#include <memory>

#include "http/errors.h"
#include "http/transcript_format.h"

namespace transcribed::http {
namespace {

ApiError not_completed(const core::Job& job) {
  ApiError error;
  error.status = 409;
  error.code = "not_completed";
  const auto id = job.id.to_string();
  switch (job.state) {
    case core::JobState::queued:
      error.message = "Job " + id + " is still queued; it has no transcript yet.";
      break;
    case core::JobState::running:
      error.message = "Job " + id + " is still running; its transcript is not complete yet.";
      break;
    case core::JobState::cancelled:
      error.message = "Job " + id + " was cancelled; it has no transcript.";
      break;
    default:
      error.message = "Job " + id + " failed and has no transcript";
      error.message += job.failure ? ": " + job.failure->message : std::string(".");
      break;
  }
  return error;
}

// A transcript of ten hours takes longer to write out than the loop may be kept from its other
// work.
struct Rendering {
  TranscriptRequest request;
  core::Job job;
  core::Transcript transcript;
  Response response;
};

std::string file_name(const core::Job& job, TranscriptFormat format) {
  const auto dot = job.name.rfind('.');
  auto stem = dot == std::string::npos || dot == 0 ? job.name : job.name.substr(0, dot);
  if (stem.empty()) stem = job.id.to_string();
  return stem + '.' + std::string(file_of(format).ending);
}

void render(Rendering& rendering) {
  const auto& [request, job, transcript, ignored] = rendering;
  if (const auto error = lacks(request, transcript)) {
    rendering.response = to_response(*error);
    return;
  }
  Response response;
  response.content_type = file_of(request.format).content_type;
  response.body = render(request, transcript, job.options);
  response.headers.emplace_back("ETag", etag_of(transcript.revision));
  response.headers.emplace_back("Cache-Control", "private, no-cache");
  if (request.download) {
    response.headers.emplace_back("Content-Disposition",
                                  attachment(file_name(job, request.format)));
  }
  rendering.response = std::move(response);
}

void answer_with(const std::shared_ptr<BlockingPool>& pool, const ExchangePtr& exchange,
                 std::shared_ptr<Rendering> rendering) {
  pool->run(
      [rendering] {
        try {
          render(*rendering);
        } catch (const std::exception&) {
          rendering->response = to_response(no_memory_for_transcript());
        }
        rendering->transcript = {};
      },
      [exchange, rendering] { exchange->respond(std::move(rendering->response)); });
}

}  // namespace

std::string etag_of(std::int64_t revision) { return '"' + std::to_string(revision) + '"'; }

std::string attachment(std::string_view file_name) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string plain;
  std::string encoded;
  for (const char c : file_name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool harmless = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
    const bool printable =
        byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\' && c != '/' && c != '%';
    plain += printable ? c : '_';
    if (harmless) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += digits[byte >> 4];
      encoded += digits[byte & 15];
    }
  }
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
}

void send_transcript(const SubmissionContext& context, core::JobId id, ExchangePtr exchange) {
  auto request = read_transcript_request(exchange->query());
  if (!request) {
    exchange->respond(to_response(request.error()));
    return;
  }
  auto rendering = std::make_shared<Rendering>();
  rendering->request = *request;
  context.jobs.view(id, [&context, id, exchange,
                         rendering](tl::expected<scheduler::JobView, scheduler::Refusal> view) {
    if (!view) {
      exchange->respond(to_response(to_error(view.error())));
      return;
    }
    if (view->job.state != core::JobState::completed) {
      exchange->respond(to_response(not_completed(view->job)));
      return;
    }
    rendering->job = std::move(view->job);
    context.jobs.transcript(id, [pool = context.pool, exchange, rendering](
                                    tl::expected<core::Transcript, scheduler::Refusal> transcript) {
      if (!transcript) {
        exchange->respond(to_response(to_error(transcript.error())));
        return;
      }
      rendering->transcript = std::move(*transcript);
      // Some engines do not say what they were told.
      std::string& language = rendering->transcript.language;
      if (language.empty()) language = rendering->job.options.language;
      answer_with(pool, exchange, rendering);
    });
  });
}

}  // namespace transcribed::http
