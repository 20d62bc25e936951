#include "http/submission.h"

#include "http/errors.h"
#include "http/multipart.h"
#include "wire/header_parameters.h"
#include "wire/job_json.h"
#include "wire/json_text.h"

namespace transcribed::http {

Response submitted(const tl::expected<scheduler::JobView, scheduler::Refusal>& answer) {
  if (!answer) return to_response(to_error(answer.error()));
  Response response;
  response.status = answer->joined ? 200 : 201;
  response.headers.emplace_back("Location", "/api/jobs/" + answer->job.id.to_string());
  response.body =
      wire::to_text(wire::to_json(answer->job, answer->progress, answer->reason, answer->eta_s));
  response.body += '\n';
  return response;
}

void take_submission(const SubmissionContext& context, ExchangePtr exchange) {
  // What draining refuses need not be received.
  const auto refusal = context.jobs.would_refuse("", {}, false);
  if (refusal && refusal->why == scheduler::Refusal::Why::draining) {
    exchange->respond(to_response(to_error(*refusal)));
    return;
  }
  const auto content_type = exchange->header("content-type");
  const auto type =
      wire::to_lower(wire::trim_blanks(content_type.substr(0, content_type.find(';'))));
  if (type == "application/json") {
    take_json(context, std::move(exchange));
    return;
  }
  if (type == "multipart/form-data") {
    if (const auto boundary = multipart_boundary(content_type)) {
      take_upload(context, std::move(exchange), *boundary);
      return;
    }
    exchange->respond(to_response(bad_request(
        "malformed_multipart", "The Content-Type multipart/form-data needs a valid boundary.")));
    return;
  }
  ApiError error;
  error.status = 415;
  error.code = "unsupported_content_type";
  error.message =
      "A job is submitted as multipart/form-data with a \"file\", or as application/json with a "
      "\"path\"" +
      (type.empty() ? std::string(".") : ", not as " + type + ".");
  exchange->respond(to_response(error));
}

}  // namespace transcribed::http
