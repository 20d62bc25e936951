// GET /api/jobs/{id}/audio: a job's recording, for a player. And for players that can send no API
// key: POST /api/jobs/{id}/audio/ticket, then GET /audio/{ticket}. Loop thread.
#pragma once

#include <functional>
#include <string>

#include "http/router.h"
#include "http/submission.h"

namespace transcribed::http {

// A range is answered with at most so much of it, which RFC 9110 allows and players ask on from:
// memory stays small, however many listen. Without a range the whole is streamed.
constexpr std::uint64_t audio_piece_bytes = 1024 * 1024;

// `context` must outlive the server and its loop's handlers. `still_lets_in`: whether who came with
// a key of this name would be let in now; a ticket opens nothing otherwise.
void add_audio_api(Router& router, const SubmissionContext& context,
                   std::function<bool(const std::string& owner)> still_lets_in);

}  // namespace transcribed::http
