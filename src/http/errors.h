// Errors as the API shows them: {"error":{"message","type","param","code"}}.
#pragma once

#include <string>
#include <string_view>

#include "http/exchange.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

struct ApiError {
  int status = 400;
  std::string code;     // a word for programs: "unknown_field"
  std::string message;  // a sentence for people
  std::string param;    // the field at fault; empty: null
  std::vector<std::pair<std::string, std::string>> headers;
};

Response to_response(const ApiError& error);

ApiError bad_request(std::string code, std::string message, std::string param = {});
// 400: The field "x" must be so and so.
ApiError bad_value(const std::string& field, const std::string& must);
// 500: writing a transcript out failed for want of memory.
ApiError no_memory_for_transcript();
// What the scheduler refused, with the status that fits.
ApiError to_error(const scheduler::Refusal& refusal);

// "Not Found" for 404; empty for a status this server does not use.
std::string_view reason_phrase(int status);

}  // namespace transcribed::http
