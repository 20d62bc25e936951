// JSON {"path": ...}: a recording that lies where the daemon can read it.
#include <filesystem>

#include <boost/json/parse.hpp>

#include "http/body_reader.h"
#include "http/job_parameters.h"
#include "http/job_waiters.h"
#include "http/local_path.h"
#include "http/submission.h"
#include "wire/file_name.h"

namespace transcribed::http {
namespace {

constexpr std::size_t json_limit_bytes = 1024 * 1024;

struct PathRequest {
  std::string path;
  JobParameters parameters;
};

tl::expected<PathRequest, ApiError> read_request(const std::string& body) {
  boost::system::error_code failure;
  const auto value = boost::json::parse(body, failure);
  if (failure) {
    return tl::make_unexpected(
        bad_request("malformed_json", "The body is not valid JSON: " + failure.message() + "."));
  }
  if (!value.is_object()) {
    return tl::make_unexpected(
        bad_request("malformed_json", "The body must be a JSON object with a \"path\"."));
  }
  PathRequest request;
  bool has_path = false;
  for (const auto& [key, content] : value.get_object()) {
    if (key == "url") {
      return tl::make_unexpected(bad_request(
          "not_supported",
          "Fetching a \"url\" is not supported: upload the \"file\", or name a \"path\".", "url"));
    }
    if (key == "path") {
      if (!content.is_string()) {
        return tl::make_unexpected(
            bad_request("bad_value", "The field \"path\" must be a string.", "path"));
      }
      request.path = std::string(content.get_string());
      has_path = true;
    } else if (auto error = request.parameters.set(std::string(key), content)) {
      return tl::make_unexpected(std::move(*error));
    }
  }
  if (!has_path) {
    return tl::make_unexpected(
        bad_request("path_missing", "The body names no \"path\" of a recording.", "path"));
  }
  return request;
}

void submit_path(const SubmissionContext& context, const ExchangePtr& exchange, PathRequest request,
                 std::string real_path, std::string content) {
  scheduler::Submission submission;
  submission.id = context.jobs.new_id();
  submission.model = request.parameters.model;
  submission.name =
      request.parameters.name.empty() ? wire::display_name(request.path) : request.parameters.name;
  submission.owner = exchange->caller.name;
  submission.audio.path = std::move(real_path);
  submission.options = request.parameters.options;
  submission.priority = request.parameters.priority;
  submission.content_sha256 = std::move(content);
  submission.deduplicate = request.parameters.deduplicate;
  context.jobs.submit(
      std::move(submission),
      [&context, exchange](tl::expected<scheduler::JobView, scheduler::Refusal> answer) {
        if (answer && answer->joined) context.waiters.keep(answer->job.id);
        exchange->respond(submitted(answer));
      });
}

}  // namespace

void take_json(const SubmissionContext& context, ExchangePtr exchange) {
  read_body(exchange, json_limit_bytes, [&context, exchange](const std::string& body) {
    auto request = read_request(body);
    if (!request) {
      exchange->respond(to_response(request.error()));
      return;
    }
    if (const auto refusal =
            context.jobs.would_refuse(request->parameters.model, exchange->caller.name)) {
      exchange->respond(to_response(to_error(*refusal)));
      return;
    }
    struct Check {
      PathRequest request;
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
          submit_path(context, exchange, std::move(check->request), std::move(*check->result),
                      std::move(check->content));
        });
  });
}

}  // namespace transcribed::http
