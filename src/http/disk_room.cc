#include "http/disk_room.h"

#include <filesystem>
#include <system_error>

namespace transcribed::http {

std::optional<std::uint64_t> free_bytes(const std::string& folder) {
  std::error_code failure;
  const auto space = std::filesystem::space(folder, failure);
  if (failure) return std::nullopt;
  return space.available;
}

scheduler::Readiness with_disk_room(scheduler::Readiness readiness,
                                    std::optional<std::uint64_t> free_bytes,
                                    core::Megabytes min_free_disk_mb) {
  if (!readiness.ready || !free_bytes) return readiness;
  const auto one_mb = static_cast<std::uint64_t>(core::bytes_per_mb);
  if (*free_bytes >= static_cast<std::uint64_t>(min_free_disk_mb) * one_mb) return readiness;
  return {false, "uploads are refused: " + std::to_string(*free_bytes / one_mb) +
                     " MB of disk are free, and storage.min_free_disk_mb keeps " +
                     std::to_string(min_free_disk_mb) + " MB free"};
}

}  // namespace transcribed::http
