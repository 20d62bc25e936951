#include "client/outage.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace transcribed::client {

bool pause(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

std::chrono::milliseconds Backoff::next() {
  const auto now = pause_;
  pause_ = std::min(std::chrono::milliseconds(2000), pause_ * 3 / 2);
  return now;
}

bool may_pass(ApiProblem::Kind kind) {
  switch (kind) {
    case ApiProblem::Kind::unreachable:
    case ApiProblem::Kind::not_sent:
    case ApiProblem::Kind::answer_lost:
    case ApiProblem::Kind::draining:
    case ApiProblem::Kind::busy:
    case ApiProblem::Kind::server_error:
      return true;
    default:
      return false;
  }
}

}  // namespace transcribed::client
