#include "core/failure.h"

#include <array>
#include <utility>

namespace transcribed::core {
namespace {

constexpr std::array<std::pair<FailureKind, std::string_view>, failure_kinds> words{{
    {FailureKind::bad_media, "bad_media"},
    {FailureKind::unsupported, "unsupported"},
    {FailureKind::internal, "internal"},
    {FailureKind::command_failed, "command_failed"},
    {FailureKind::model_missing, "model_missing"},
    {FailureKind::out_of_memory, "out_of_memory"},
    {FailureKind::engine_crashed, "engine_crashed"},
    {FailureKind::engine_hung, "engine_hung"},
    {FailureKind::engine_protocol, "engine_protocol"},
    {FailureKind::daemon_lost, "daemon_lost"},
    {FailureKind::fetch_failed, "fetch_failed"},
}};

}  // namespace

std::string_view to_string(FailureKind kind) {
  for (const auto& [value, word] : words) {
    if (value == kind) return word;
  }
  return "internal";
}

std::optional<FailureKind> parse_failure_kind(std::string_view word) {
  for (const auto& [value, known] : words) {
    if (known == word) return value;
  }
  return std::nullopt;
}

bool is_lost_attempt(FailureKind kind) {
  switch (kind) {
    case FailureKind::out_of_memory:
    case FailureKind::engine_crashed:
    case FailureKind::engine_hung:
    case FailureKind::engine_protocol:
    case FailureKind::daemon_lost:
      return true;
    default:
      return false;
  }
}

}  // namespace transcribed::core
