#include "http/audio_tickets.h"

#include <random>
#include <utility>

namespace transcribed::http {
namespace {

// Takes the same time wherever the two differ; that tickets have 32 digits is no secret.
bool are_equal(std::string_view given, std::string_view ticket) {
  if (given.size() != ticket.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < ticket.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (given[i] ^ ticket[i]));
  }
  return difference == 0;
}

}  // namespace

std::string AudioTickets::issue(core::JobId job, std::string owner, Time now) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device random;  // the kernel's
  std::string ticket;
  for (int word = 0; word < 4; ++word) {
    auto bits = random();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4) ticket += digits[bits & 15];
  }
  if (issued_.size() == most) issued_.pop_front();
  issued_.push_back({ticket, {job, std::move(owner)}, now});
  return ticket;
}

std::optional<AudioTickets::Opened> AudioTickets::find(std::string_view ticket, Time now) const {
  for (const Issued& one : issued_) {
    if (are_equal(ticket, one.ticket)) {
      if (now - one.at >= lasts) return std::nullopt;
      return one.opens;
    }
  }
  return std::nullopt;
}

}  // namespace transcribed::http
