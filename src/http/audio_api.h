// GET /api/jobs/{id}/audio: a job's recording, for a player. And for players that can send no API
// key: POST /api/jobs/{id}/audio/ticket, then GET /audio/{ticket}. Loop thread.
#pragma once

#include "http/router.h"
#include "http/submission.h"

namespace transcribed::http {

// A range is answered with at most so much of it, which RFC 9110 allows and players ask on from:
// memory stays small, however many listen. Without a range the whole is streamed.
constexpr std::uint64_t audio_piece_bytes = 1024 * 1024;

// `context` must outlive the server and its loop's handlers.
void add_audio_api(Router& router, const SubmissionContext& context);

}  // namespace transcribed::http
