// GET /openapi.json: docs/openapi.json, which describes every route.
#pragma once

#include "http/router.h"

namespace transcribed::http {

void add_openapi_api(Router& router);

}  // namespace transcribed::http
