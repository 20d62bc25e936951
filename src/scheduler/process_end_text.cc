#include "scheduler/process_end_text.h"

#include <csignal>
#include <cstring>

#include <fmt/format.h>

namespace transcribed::scheduler {
namespace {

std::string with_tail(std::string sentence, const OutputTail& errors) {
  if (const std::string tail = errors.as_sentence(); !tail.empty()) sentence += ": " + tail;
  return sentence;
}

}  // namespace

core::Failure describe_end(const ports::ProcessEnd& end, std::string_view who,
                           const OutputTail& errors) {
  using How = ports::ProcessEnd::How;
  switch (end.how) {
    case How::exited:
      return {core::FailureKind::command_failed,
              with_tail(fmt::format("{} ended with exit status {}", who, end.status), errors)};
    case How::killed: {
      const char* name = sigabbrev_np(end.status);
      std::string sentence = fmt::format("{} was ended by signal {}{}", who, end.status,
                                         name ? fmt::format(" (SIG{})", name) : "");
      if (end.status == SIGKILL) sentence += ", perhaps by the kernel for want of memory";
      return {core::FailureKind::engine_crashed, with_tail(std::move(sentence), errors)};
    }
    case How::not_started:
      return {core::FailureKind::model_missing,
              fmt::format("{} could not be started: {}", who, end.message)};
    case How::unkillable:
      return {core::FailureKind::engine_crashed,
              fmt::format("{} does not end, not even by SIGKILL", who)};
  }
  return {core::FailureKind::internal, fmt::format("{} ended", who)};
}

}  // namespace transcribed::scheduler
