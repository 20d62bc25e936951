#include "http/errors.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "wire/utf8.h"

namespace transcribed::http {
namespace {

std::string_view type_of(int status) {
  if (status >= 500) return "server_error";
  if (status == 401) return "authentication_error";
  if (status == 403) return "permission_error";
  return "invalid_request_error";
}

}  // namespace

Response to_response(const ApiError& error) {
  boost::json::object inner;
  inner["message"] = wire::to_valid_utf8(error.message);
  inner["type"] = type_of(error.status);
  if (error.param.empty()) {
    inner["param"] = nullptr;
  } else {
    inner["param"] = wire::to_valid_utf8(error.param);
  }
  inner["code"] = error.code;
  boost::json::object outer;
  outer["error"] = std::move(inner);

  Response response;
  response.status = error.status;
  response.body = boost::json::serialize(outer);
  response.body += '\n';
  response.headers = error.headers;
  return response;
}

ApiError bad_request(std::string code, std::string message, std::string param) {
  ApiError error;
  error.code = std::move(code);
  error.message = std::move(message);
  error.param = std::move(param);
  return error;
}

ApiError bad_value(const std::string& field, const std::string& must) {
  return bad_request("bad_value", "The field \"" + field + "\" must be " + must + ".", field);
}

ApiError no_memory_for_transcript() {
  ApiError error;
  error.status = 500;
  error.code = "transcript_too_large";
  error.message = "There is not enough memory to write this transcript out.";
  return error;
}

ApiError to_error(const scheduler::Refusal& refusal) {
  using Why = scheduler::Refusal::Why;
  ApiError error;
  error.message = refusal.message;
  switch (refusal.why) {
    case Why::unknown_model:
      error.status = 400;
      error.code = "model_not_found";
      error.param = "model";
      break;
    case Why::model_missing:
      // Not 5xx: asking again does not help before somebody acts.
      error.status = 400;
      error.code = "model_missing";
      error.param = "model";
      break;
    case Why::no_default_model:
      error.status = 400;
      error.code = "no_default_model";
      error.param = "model";
      break;
    case Why::draining:
      error.status = 503;
      error.code = "draining";
      error.headers.emplace_back("Retry-After", "30");
      break;
    case Why::too_many_queued:
      error.status = 429;
      error.code = "too_many_queued";
      error.headers.emplace_back("Retry-After", "30");
      break;
    case Why::not_found:
      error.status = 404;
      error.code = "job_not_found";
      break;
    case Why::wrong_state:
      error.status = 409;
      error.code = "wrong_state";
      break;
    case Why::outdated:
      error.status = 412;
      error.code = "transcript_changed";
      break;
    case Why::disk_full:
      error.status = 507;
      error.code = "disk_full";
      break;
    case Why::io_error:
      error.status = 500;
      error.code = "io_error";
      break;
  }
  return error;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "";
  }
}

}  // namespace transcribed::http
