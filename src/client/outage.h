// Waiting while the server is away: short pauses first, longer ones later, ended at once by a stop.
#pragma once

#include <chrono>
#include <stop_token>

#include "client/job_api.h"

namespace transcribed::client {

inline constexpr char outage_sentence[] =
    "the server does not answer; its jobs are kept, so this goes on when it is back";
inline constexpr char outage_over_sentence[] = "the server is back";

// False: a stop was asked for.
bool pause(const std::stop_token& stop, std::chrono::milliseconds time);

class Backoff {
 public:
  // The next pause, 0.2 s to 2 s.
  std::chrono::milliseconds next();
  void reset() { pause_ = first; }

 private:
  static constexpr std::chrono::milliseconds first{200};
  std::chrono::milliseconds pause_ = first;
};

// Problems that pass when the server is back, and that a repeated GET cannot make worse.
bool may_pass(ApiProblem::Kind kind);

}  // namespace transcribed::client
