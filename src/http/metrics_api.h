// GET /metrics: the figures are copied on the loop thread; their text, which takes longer, is made
// by the pool.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/time.h"
#include "http/blocking_pool.h"
#include "http/http_counts.h"
#include "http/job_counts.h"
#include "http/options.h"
#include "http/router.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

// Where the figures come from. All that is referred to outlives the routes.
struct MetricsSources {
  scheduler::JobService& jobs;
  std::shared_ptr<BlockingPool> pool;
  std::shared_ptr<JobCounts> job_counts;
  std::shared_ptr<HttpCounts> http_counts;
  std::function<std::size_t()> connections;
  std::function<std::size_t()> event_readers;
  const StorageOptions& storage;
  std::string version;
  core::WallTime started_at{};
};

void add_metrics_api(Router& router, MetricsSources sources);

}  // namespace transcribed::http
