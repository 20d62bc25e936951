// Answers that come when a job has ended: those of the APIs whose clients wait. Loop thread.
#pragma once

#include <functional>
#include <memory>

#include "core/job.h"
#include "core/transcript.h"
#include "http/errors.h"
#include "http/exchange.h"
#include "http/submission.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

// How a client's own way of speaking says it.
struct Dialect {
  // On any thread, after everything else of the request has gone.
  std::function<Response(const core::Job&, const core::Transcript&)> transcript;
  std::function<Response(const ApiError&)> error;
};

// `view`: as submitted. The client is told which job it is by the header X-Transcribed-Job. Should
// it go away, the job is left to JobWaiters.
void answer_when_ended(const SubmissionContext& context, const ExchangePtr& exchange,
                       const scheduler::JobView& view, Dialect dialect);

// The text as it is heard, as OpenAI's server-sent events: transcript.text.delta, and at the end
// transcript.text.done; or {"error"}. A comment every 15 s keeps proxies from giving up meanwhile.
void stream_until_ended(const SubmissionContext& context, const ExchangePtr& exchange,
                        const scheduler::JobView& view);

// Why a job that has ended has no transcript, for a client that waited for it: 400 where it is the
// recording's or the request's fault, 409 for a job that somebody cancelled, else 500.
ApiError error_of(const core::Job& job);

// `response`, with the headers by which OpenAI's clients tell whether to try again.
Response with_retry_advice(const ApiError& error);

}  // namespace transcribed::http
