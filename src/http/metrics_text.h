// What /metrics says, in Prometheus' text format. docs/metrics.md is the reference for users.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/memory_size.h"
#include "core/time.h"
#include "http/http_counts.h"
#include "http/job_counts.h"
#include "http/router.h"
#include "scheduler/job_service.h"
#include "scheduler/resource_status.h"

namespace transcribed::http {

// A moment's figures. Owns all it refers to, but for the router's routes.
struct MetricsMoment {
  JobCountsView jobs;
  std::vector<HttpCounts::OfRoute> by_route;  // as HttpCounts has it
  const Router* router = nullptr;             // it does not change while the server runs
  std::uint64_t body_bytes = 0;
  std::size_t connections = 0;
  std::size_t event_readers = 0;
  scheduler::ResourceStatus resources;
  scheduler::Readiness readiness;
  std::optional<std::uint64_t> disk_free_bytes;  // nothing: it cannot be told
  core::Megabytes min_free_disk_mb = 0;
  std::string version;
  core::WallTime started_at{};
};

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

// Any thread. Some two microseconds a line.
std::string metrics_text(const MetricsMoment& moment);

}  // namespace transcribed::http
