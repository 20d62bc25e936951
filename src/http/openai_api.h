// OpenAI's audio API: /v1/audio/transcriptions, /v1/audio/translations, /v1/models.
#pragma once

#include "http/router.h"
#include "http/submission.h"

namespace transcribed::http {

// `context` must outlive the server and its loop's handlers. Loop thread.
void add_openai_api(Router& router, const SubmissionContext& context);

}  // namespace transcribed::http
