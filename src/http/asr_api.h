// The dialect of whisper-asr-webservice: POST /asr, POST /detect-language.
#pragma once

#include "http/router.h"
#include "http/submission.h"

namespace transcribed::http {

// `context` must outlive the server and its loop's handlers. Loop thread.
void add_asr_api(Router& router, const SubmissionContext& context);

}  // namespace transcribed::http
