#include "http/transcript_edit.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/body_reader.h"
#include "http/errors.h"
#include "wire/openai_json.h"
#include "wire/transcript_json.h"

namespace transcribed::http {
namespace {

// Ten hours with a time for every word are some 10 MB.
constexpr std::size_t transcript_limit_bytes = 32 * 1024 * 1024;

// Reading and writing one takes longer than the loop may be kept from its other work.
struct Edit {
  std::string text;
  core::Transcript transcript;
  std::optional<ApiError> problem;

  void read(core::JobId id) {
    auto parsed = wire::parse_transcript(text);
    text.clear();
    if (!parsed) {
      problem =
          bad_request("bad_transcript",
                      "The body is no transcript as format=json gives it: " + parsed.error() + ".");
      return;
    }
    if (parsed->segments.empty()) {
      problem = bad_request("bad_transcript",
                            "The transcript has no segments. To go back to what the engine heard, "
                            "POST to /api/jobs/" +
                                id.to_string() + "/transcript/restore.",
                            "segments");
      return;
    }
    transcript = std::move(*parsed);
    int next = 0;
    for (core::Segment& segment : transcript.segments) segment.id = next++;
  }
};

scheduler::Answer<core::Transcript> transcript_answer(const SubmissionContext& context,
                                                      ExchangePtr exchange) {
  return [pool = context.pool,
          exchange = std::move(exchange)](tl::expected<core::Transcript, scheduler::Refusal> now) {
    if (!now) {
      exchange->respond(to_response(to_error(now.error())));
      return;
    }
    auto edit = std::make_shared<Edit>();
    edit->transcript = std::move(*now);
    pool->run([edit] { edit->text = wire::to_file_json(edit->transcript) + '\n'; },
              [edit, exchange] {
                Response response;
                response.content_type = "application/json; charset=utf-8";
                response.body = std::move(edit->text);
                exchange->respond(std::move(response));
              });
  };
}

}  // namespace

void take_edited_transcript(const SubmissionContext& context, core::JobId id,
                            ExchangePtr exchange) {
  read_body(exchange, transcript_limit_bytes, [&context, id, exchange](const std::string& body) {
    auto edit = std::make_shared<Edit>();
    edit->text = body;
    context.pool->run([edit, id] { edit->read(id); },
                      [&context, edit, id, exchange] {
                        if (edit->problem) {
                          exchange->respond(to_response(*edit->problem));
                          return;
                        }
                        context.jobs.edit_transcript(id, std::move(edit->transcript),
                                                     transcript_answer(context, exchange));
                      });
  });
}

void restore_transcript(const SubmissionContext& context, core::JobId id, ExchangePtr exchange) {
  context.jobs.restore_transcript(id, transcript_answer(context, std::move(exchange)));
}

}  // namespace transcribed::http
