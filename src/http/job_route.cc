#include "http/job_route.h"

#include <string>
#include <utility>

#include "http/errors.h"

namespace transcribed::http {

Handler with_id(std::function<void(core::JobId, ExchangePtr)> handler) {
  return [handler = std::move(handler)](ExchangePtr exchange) {
    const auto id = core::JobId::parse(exchange->path_parameter("id"));
    if (!id) {
      exchange->respond(to_response(to_error(scheduler::Refusal{
          scheduler::Refusal::Why::not_found,
          "There is no job \"" + std::string(exchange->path_parameter("id")) + "\"."})));
      return;
    }
    handler(*id, std::move(exchange));
  };
}

}  // namespace transcribed::http
