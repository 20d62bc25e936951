// JSON {"path": ...} or {"url": ...}: a recording that lies where the daemon can read it, or that
// it fetches.
#include <filesystem>

#include <boost/json/parse.hpp>

#include "core/http_url.h"
#include "http/body_reader.h"
#include "http/job_parameters.h"
#include "http/job_waiters.h"
#include "http/local_path.h"
#include "http/submission.h"
#include "wire/file_name.h"

namespace transcribed::http {
namespace {

constexpr std::size_t json_limit_bytes = 1024 * 1024;

struct JsonRequest {
  std::string path;  // this or
  std::string url;   // this
  JobParameters parameters;
};

tl::expected<JsonRequest, ApiError> read_fields(const boost::json::object& body) {
  JsonRequest request;
  for (const auto& [key, content] : body) {
    if (key == "path" || key == "url") {
      if (!content.is_string()) {
        return tl::make_unexpected(
            bad_request("bad_value", "The field \"" + std::string(key) + "\" must be a string.",
                        std::string(key)));
      }
      (key == "path" ? request.path : request.url) = std::string(content.get_string());
    } else if (auto error = request.parameters.set(std::string(key), content)) {
      return tl::make_unexpected(std::move(*error));
    }
  }
  return request;
}

tl::expected<JsonRequest, ApiError> read_request(const std::string& body) {
  boost::system::error_code failure;
  const auto value = boost::json::parse(body, failure);
  if (failure) {
    return tl::make_unexpected(
        bad_request("malformed_json", "The body is not valid JSON: " + failure.message() + "."));
  }
  if (!value.is_object()) {
    return tl::make_unexpected(bad_request(
        "malformed_json", "The body must be a JSON object with a \"path\" or a \"url\"."));
  }
  auto request = read_fields(value.get_object());
  if (!request) return request;
  if (auto error = request->parameters.conflict()) return tl::unexpected(std::move(*error));
  const auto wrong = [](const char* code, const char* message, const char* param) {
    return tl::make_unexpected(bad_request(code, message, param));
  };
  if (request->path.empty() && request->url.empty()) {
    return wrong("path_missing", "The body names no \"path\" and no \"url\" of a recording.",
                 "path");
  }
  if (request->url.empty()) return request;
  if (!request->path.empty()) {
    return wrong("bad_value", "A recording has a \"path\" or a \"url\", not both.", "url");
  }
  if (request->parameters.deduplicate) {
    return wrong("bad_value",
                 "\"deduplicate\" compares recordings, and one that is still to be fetched cannot "
                 "be compared.",
                 "deduplicate");
  }
  if (const auto why = core::why_no_http_url(request->url)) {
    return tl::make_unexpected(bad_request("bad_value", "The URL " + *why + ".", "url"));
  }
  return request;
}

scheduler::Submission submission_of(const SubmissionContext& context, const ExchangePtr& exchange,
                                    const JsonRequest& request) {
  scheduler::Submission submission;
  submission.id = context.jobs.new_id();
  submission.model = request.parameters.model;
  submission.name = request.parameters.name;
  submission.owner = exchange->caller.name;
  submission.options = request.parameters.options;
  submission.priority = request.parameters.priority;
  submission.deduplicate = request.parameters.deduplicate;
  submission.callback_url = request.parameters.callback_url;
  return submission;
}

void submit(const SubmissionContext& context, const ExchangePtr& exchange,
            scheduler::Submission submission) {
  context.jobs.submit(
      std::move(submission),
      [&context, exchange](tl::expected<scheduler::JobView, scheduler::Refusal> answer) {
        if (answer && answer->joined) context.waiters.keep(answer->job.id);
        exchange->respond(submitted(answer));
      });
}

void submit_path(const SubmissionContext& context, const ExchangePtr& exchange,
                 const JsonRequest& request, std::string real_path, std::string content) {
  scheduler::Submission submission = submission_of(context, exchange, request);
  if (submission.name.empty()) submission.name = wire::display_name(request.path);
  submission.audio.path = std::move(real_path);
  submission.content_sha256 = std::move(content);
  submit(context, exchange, std::move(submission));
}

void submit_url(const SubmissionContext& context, const ExchangePtr& exchange,
                const JsonRequest& request) {
  scheduler::Submission submission = submission_of(context, exchange, request);
  if (submission.name.empty()) {
    submission.name = wire::display_name(core::url_file_name(request.url));
  }
  if (submission.name.empty()) submission.name = core::url_host(request.url);
  submission.source_url = request.url;
  submit(context, exchange, std::move(submission));
}

}  // namespace

void take_json(const SubmissionContext& context, ExchangePtr exchange) {
  read_body(exchange, json_limit_bytes, [&context, exchange](const std::string& body) {
    auto request = read_request(body);
    if (!request) {
      exchange->respond(to_response(request.error()));
      return;
    }
    if (const auto refusal = context.jobs.would_refuse(
            request->parameters.model, exchange->caller.name, request->parameters.deduplicate)) {
      exchange->respond(to_response(to_error(*refusal)));
      return;
    }
    if (!request->url.empty()) {
      submit_url(context, exchange, *request);
      return;
    }
    struct Check {
      JsonRequest request;
      std::vector<std::string> allowed;
      tl::expected<std::string, ApiError> result;
      std::string content;  // its SHA-256, where it is wanted
    };
    auto check = std::make_shared<Check>();
    check->request = std::move(*request);
    check->allowed = context.storage.allowed_paths;
    context.pool->run(
        [check] {
          check->result = check_local_path(check->request.path, check->allowed);
          if (!check->result || !check->request.parameters.deduplicate) return;
          auto content = content_sha256(*check->result);
          if (content) {
            check->content = std::move(*content);
          } else {
            check->result = tl::make_unexpected(content.error());
          }
        },
        [&context, exchange, check] {
          if (!check->result) {
            exchange->respond(to_response(check->result.error()));
            return;
          }
          submit_path(context, exchange, check->request, std::move(*check->result),
                      std::move(check->content));
        });
  });
}

}  // namespace transcribed::http
