// The daemon's HTTP API as typed calls. Everything that can go wrong comes back as a sentence for
// people and a kind for the program. One thread, as the connection underneath.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>
#include <tl/expected.hpp>

#include "client/http_connection.h"
#include "client/job_info.h"

namespace transcribed::client {

struct ApiProblem {
  enum class Kind {
    unreachable,  // nothing listens; trying later can help
    not_sent,     // the connection broke early; trying again is safe
    answer_lost,  // the server may or may not have acted
    draining,     // 503: it shuts down, or is not ready yet
    busy,         // 429: too much of ours is queued already
    no_room,      // 507: its disk is full
    not_found,
    conflict,         // 409: the job is not in a state for that
    refused,          // this request will never be taken
    refused_all,      // nor will any like it: no key, no such model
    server_error,     // 5xx
    not_transcribed,  // another program answers there, or nonsense
    file_changed,
    aborted,
  } kind = Kind::unreachable;
  std::string sentence;
  std::optional<std::chrono::seconds> retry_after;
};

template <typename T>
using ApiResult = tl::expected<T, ApiProblem>;

struct SubmitOptions {
  std::string model;  // empty: the server's default
  std::string language;
  std::string task;
  std::string prompt;
  bool words = false;
  bool deduplicate = false;  // join a job of the same recording and options that is there already
  std::optional<int> priority;
};

struct UploadFile {
  int fd = -1;
  std::optional<std::uint64_t> size;  // bytes; nothing: what `fd` gives until its end
  std::string name;                   // the file's name, without folders
  std::string job_name;               // what people call it; "" for the file's name
  std::function<void(std::uint64_t)> on_sent;
};

class JobApi {
 public:
  JobApi(ServerAddress address, std::string api_key)
      : connection_(std::move(address), std::move(api_key)) {}

  // Is there a transcribed server, and does it take our key?
  ApiResult<void> greet();
  ApiResult<JobInfo> submit(const SubmitOptions& options, const UploadFile& file);
  // A recording that the server fetches itself.
  ApiResult<JobInfo> submit_url(const SubmitOptions& options, const std::string& url,
                                const std::string& job_name);
  ApiResult<JobInfo> job(std::string_view id);
  ApiResult<JobInfo> cancel(std::string_view id);
  ApiResult<JobInfo> retry(std::string_view id);
  // To the "front" or the "back" of the queue.
  ApiResult<JobInfo> move(std::string_view id, std::string_view to);
  ApiResult<void> erase(std::string_view id);
  // The body as the server wrote it. `query` is one of transcript_query().
  ApiResult<std::string> transcript(std::string_view id, std::string_view query);
  // Any GET that answers a JSON object.
  ApiResult<boost::json::object> object(std::string_view target);

  void abort(std::chrono::milliseconds grace = std::chrono::milliseconds(0)) {
    connection_.abort(grace);
  }
  const ServerAddress& address() const { return connection_.address(); }

 private:
  ApiResult<HttpResponse> checked(HttpResult result) const;
  ApiResult<boost::json::object> parsed(HttpResult result) const;
  ApiResult<JobInfo> as_job(HttpResult result) const;
  ApiProblem not_transcribed(const HttpResponse& response) const;

  HttpConnection connection_;
};

// The multipart body around the file's bytes. Names follow the HTML rules for form data: quotes and
// line breaks in a file name are percent-encoded.
struct FormParts {
  std::string content_type;
  std::string before;
  std::string after;
};
FormParts make_form(const SubmitOptions& options, std::string_view file_name,
                    std::string_view boundary, std::string_view job_name = "");

}  // namespace transcribed::client
