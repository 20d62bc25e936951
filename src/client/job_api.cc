#include "client/job_api.h"

#include <random>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include "client/terminal_text.h"
#include "wire/utf8.h"

namespace transcribed::client {

namespace json = boost::json;
using Kind = ApiProblem::Kind;

namespace {

constexpr std::chrono::seconds read_limit(30);
// A cancel answers once the engine is gone, which takes its grace period and more.
constexpr std::chrono::seconds act_limit(90);

std::string job_target(std::string_view id, std::string_view rest = "") {
  return "/api/jobs/" + boost::urls::encode(id, boost::urls::unreserved_chars) + std::string(rest);
}

struct ServerError {
  std::string message;
  std::string param;
};

// `{"error":{"message",...}}`, or nothing.
std::optional<ServerError> read_error(const std::string& body) {
  boost::system::error_code ec;
  const json::value value = json::parse(body, ec);
  if (ec || !value.is_object()) return std::nullopt;
  const json::value* error = value.get_object().if_contains("error");
  if (error == nullptr || !error->is_object()) return std::nullopt;
  const auto message = text_field(error->get_object(), "message");
  if (!message) return std::nullopt;
  return ServerError{*message, text_field(error->get_object(), "param").value_or("")};
}

std::string quoted_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '"') {
      out += "%22";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else {
      out += c;
    }
  }
  return out;
}

std::string random_boundary() {
  std::random_device random;
  return fmt::format("transcribe-{:08x}{:08x}{:08x}", random(), random(), random());
}

}  // namespace

FormParts make_form(const SubmitOptions& options, std::string_view file_name,
                    std::string_view boundary, std::string_view job_name) {
  FormParts form;
  form.content_type = fmt::format("multipart/form-data; boundary={}", boundary);
  const auto field = [&](std::string_view name, std::string_view value) {
    form.before += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n",
                               boundary, name, value);
  };
  // Before the file, so that the server can refuse without reading it.
  if (!options.model.empty()) field("model", options.model);
  if (!options.language.empty()) field("language", options.language);
  if (!options.task.empty()) field("task", options.task);
  if (!options.prompt.empty()) field("initial_prompt", options.prompt);
  if (options.words) field("word_timestamps", "true");
  if (options.priority) field("priority", std::to_string(*options.priority));
  if (options.deduplicate) field("deduplicate", "true");
  // What the quoting of a file name cannot carry unchanged goes into a field of its own.
  const std::string plain_name = escape_controls(job_name.empty() ? file_name : job_name);
  if ((plain_name != file_name || plain_name.find_first_of("\"\\") != std::string::npos) &&
      plain_name.size() <= 255) {
    field("name", plain_name);
  }
  form.before += fmt::format(
      "--{}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n",
      boundary, quoted_name(file_name));
  form.after = fmt::format("\r\n--{}--\r\n", boundary);
  return form;
}

ApiProblem JobApi::not_transcribed(const HttpResponse& response) const {
  const bool html = response.content_type.find("html") != std::string::npos;
  return {Kind::not_transcribed,
          fmt::format("{} answered, but not as a transcribed server does (status {}, {}): is "
                      "another program on that port?",
                      address().shown, response.status,
                      html                    ? "a web page"
                      : response.body.empty() ? "nothing in it"
                                              : "not the JSON expected"),
          std::nullopt};
}

ApiResult<HttpResponse> JobApi::checked(HttpResult result) const {
  const std::string& server = address().shown;
  const auto fail = [](Kind kind, std::string sentence) {
    return tl::make_unexpected(ApiProblem{kind, std::move(sentence), std::nullopt});
  };
  if (!result) {
    const std::string& detail = result.error().detail;
    switch (result.error().kind) {
      case HttpProblem::Kind::unreachable:
        return fail(
            Kind::unreachable,
            fmt::format("no transcribed server at {} ({}): start one with `transcribed`, or "
                        "name it with --server",
                        server, detail));
      case HttpProblem::Kind::not_sent:
        return fail(Kind::not_sent, fmt::format("the connection to {} broke ({})", server, detail));
      case HttpProblem::Kind::answer_lost:
        return fail(Kind::answer_lost,
                    fmt::format("{} did not finish its answer ({})", server, detail));
      case HttpProblem::Kind::not_http:
        return fail(
            Kind::not_transcribed,
            fmt::format("{} answered, but not as a transcribed server does ({}): is another "
                        "program on that port?",
                        server, detail));
      case HttpProblem::Kind::too_large:
        return fail(Kind::not_transcribed,
                    fmt::format("{} answered with more than a transcribed server would", server));
      case HttpProblem::Kind::file_changed:
        return fail(Kind::file_changed, fmt::format("the file could not be read: {}", detail));
      case HttpProblem::Kind::aborted:
        return fail(Kind::aborted, "interrupted");
    }
  }
  const HttpResponse& response = *result;
  if (response.status >= 200 && response.status < 300) return std::move(*result);

  const std::optional<ServerError> error = read_error(response.body);
  const std::string said = error ? escape_controls(error->message) : std::string();
  ApiProblem problem{Kind::refused, said, response.retry_after};
  switch (response.status) {
    case 403:
      problem.kind = Kind::refused_all;
      problem.sentence = error ? said : fmt::format("{} refuses the request", server);
      break;
    case 401:
      problem.kind = Kind::refused_all;
      problem.sentence = fmt::format(
          "{} refuses the request ({}): set TRANSCRIBED_API_KEY to a key "
          "it knows",
          server, error ? said : fmt::format("status {}", response.status));
      break;
    case 404:
      if (!error) return tl::make_unexpected(not_transcribed(response));
      problem.kind = Kind::not_found;
      break;
    case 409:
      problem.kind = Kind::conflict;
      break;
    case 413:
      problem.sentence = error ? fmt::format("larger than the server takes: {}", said)
                               : "larger than the server takes";
      break;
    case 429:
      problem.kind = Kind::busy;
      problem.sentence = error ? said : fmt::format("{} takes no more at the moment", server);
      break;
    case 503:
      problem.kind = Kind::draining;
      problem.sentence = error ? said : fmt::format("{} takes no jobs at the moment", server);
      break;
    case 507:
      problem.kind = Kind::no_room;
      problem.sentence = error ? fmt::format("the server has too little disk left: {}", said)
                               : "the server has too little disk left";
      break;
    default:
      if (!error) {
        problem = not_transcribed(response);
      } else if (response.status >= 500) {
        problem.kind = Kind::server_error;
        problem.sentence = fmt::format("the server failed: {}", said);
      }
  }
  // A field other than the recording is the same for every file of the call.
  if (error && response.status == 400 && !error->param.empty() && error->param != "file" &&
      error->param != "url") {
    problem.kind = Kind::refused_all;
  }
  return tl::make_unexpected(std::move(problem));
}

ApiResult<json::object> JobApi::parsed(HttpResult result) const {
  ApiResult<HttpResponse> response = checked(std::move(result));
  if (!response) return tl::make_unexpected(std::move(response.error()));
  boost::system::error_code ec;
  json::value value = json::parse(response->body, ec);
  if (ec || !value.is_object()) return tl::make_unexpected(not_transcribed(*response));
  return std::move(value.get_object());
}

ApiResult<JobInfo> JobApi::as_job(HttpResult result) const {
  ApiResult<json::object> object = parsed(std::move(result));
  if (!object) return tl::make_unexpected(std::move(object.error()));
  std::optional<JobInfo> job = read_job(*object);
  if (!job) {
    return tl::make_unexpected(not_transcribed(HttpResponse{200, "", "{}", std::nullopt}));
  }
  return std::move(*job);
}

ApiResult<void> JobApi::greet() {
  ApiResult<json::object> resources = object("/api/resources");
  if (!resources) return tl::make_unexpected(std::move(resources.error()));
  if (!resources->contains("gpus")) {
    return tl::make_unexpected(not_transcribed(HttpResponse{200, "", "{}", std::nullopt}));
  }
  return {};
}

ApiResult<JobInfo> JobApi::submit(const SubmitOptions& options, const UploadFile& file) {
  FormParts form = make_form(options, file.name, random_boundary(), file.job_name);
  HttpConnection::Upload upload;
  upload.content_type = std::move(form.content_type);
  upload.before = std::move(form.before);
  upload.fd = file.fd;
  upload.size = file.size;
  upload.after = std::move(form.after);
  upload.on_sent = file.on_sent;
  return as_job(connection_.upload("/api/jobs", upload));
}

ApiResult<JobInfo> JobApi::submit_url(const SubmitOptions& options, const std::string& url,
                                      const std::string& job_name) {
  json::object body{{"url", wire::to_valid_utf8(url)}};
  if (!job_name.empty()) body["name"] = escape_controls(job_name);
  if (!options.model.empty()) body["model"] = options.model;
  if (!options.language.empty()) body["language"] = options.language;
  if (!options.task.empty()) body["task"] = options.task;
  if (!options.prompt.empty()) body["initial_prompt"] = wire::to_valid_utf8(options.prompt);
  if (options.words) body["word_timestamps"] = true;
  if (options.priority) body["priority"] = *options.priority;
  if (options.deduplicate) body["deduplicate"] = true;
  return as_job(connection_.post("/api/jobs", act_limit, json::serialize(body)));
}

ApiResult<JobInfo> JobApi::move(std::string_view id, std::string_view to) {
  return as_job(connection_.post(job_target(id, "/move"), act_limit,
                                 json::serialize(json::object{{"to", to}})));
}

ApiResult<JobInfo> JobApi::job(std::string_view id) {
  return as_job(connection_.get(job_target(id), read_limit));
}

ApiResult<JobInfo> JobApi::cancel(std::string_view id) {
  return as_job(connection_.post(job_target(id, "/cancel"), act_limit));
}

ApiResult<JobInfo> JobApi::retry(std::string_view id) {
  return as_job(connection_.post(job_target(id, "/retry"), act_limit));
}

ApiResult<void> JobApi::erase(std::string_view id) {
  ApiResult<HttpResponse> response = checked(connection_.erase(job_target(id), act_limit));
  if (!response) return tl::make_unexpected(std::move(response.error()));
  return {};
}

ApiResult<std::string> JobApi::transcript(std::string_view id, std::string_view query) {
  ApiResult<HttpResponse> response = checked(connection_.get(
      job_target(id, fmt::format("/transcript?{}", query)), std::chrono::minutes(2)));
  if (!response) return tl::make_unexpected(std::move(response.error()));
  // A web page with status 200 is no transcript, whoever sent it.
  if (response->content_type.find("html") != std::string::npos) {
    return tl::make_unexpected(not_transcribed(*response));
  }
  return std::move(response->body);
}

ApiResult<json::object> JobApi::object(std::string_view target) {
  return parsed(connection_.get(target, read_limit));
}

}  // namespace transcribed::client
