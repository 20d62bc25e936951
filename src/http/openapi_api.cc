#include "http/openapi_api.h"

namespace transcribed::http {

// Made from the file at build time.
const char* embedded_description(std::string_view name);

void add_openapi_api(Router& router) {
  router.add(Method::get, "/openapi.json", [](const ExchangePtr& exchange) {
    Response response;
    response.body = embedded_description("openapi.json");
    exchange->respond(std::move(response));
  });
}

}  // namespace transcribed::http
