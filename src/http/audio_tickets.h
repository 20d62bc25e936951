// Addresses that a player can use where the API asks for a key: a media element sends no
// Authorization header. A ticket opens one recording for some hours, and is as hard to guess as a
// key. In memory; loop thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/job_id.h"

namespace transcribed::http {

class AudioTickets {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::hours lasts{12};
  // Who asks for more loses the oldest.
  static constexpr std::size_t most = 256;

  struct Opened {
    core::JobId job;
    std::string owner;  // the name of the key that it was issued to
  };

  // 32 hexadecimal digits.
  std::string issue(core::JobId job, std::string owner, Time now);
  // Nothing: never issued, or too old.
  std::optional<Opened> find(std::string_view ticket, Time now) const;

 private:
  struct Issued {
    std::string ticket;
    Opened opens;
    Time at;
  };
  std::deque<Issued> issued_;  // oldest first
};

}  // namespace transcribed::http
