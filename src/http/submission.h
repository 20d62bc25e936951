// POST /api/jobs: an upload streamed to disk, or a path or URL that the daemon reads itself. Loop thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "http/blocking_pool.h"
#include "http/exchange.h"
#include "http/options.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

class JobWaiters;

// What every submission needs; outlives them all.
struct SubmissionContext {
  scheduler::JobService& jobs;
  std::shared_ptr<BlockingPool> pool;
  StorageOptions storage;
  boost::asio::io_context& loop;
  JobWaiters& waiters;
};

// Answers the exchange, now or later.
void take_submission(const SubmissionContext& context, ExchangePtr exchange);

// 201 with Location, 200 for a job that was there already, or what refused it.
Response submitted(const tl::expected<scheduler::JobView, scheduler::Refusal>& answer);

// For the two ways in; `boundary` as from multipart_boundary().
void take_upload(const SubmissionContext& context, ExchangePtr exchange, std::string_view boundary);
void take_json(const SubmissionContext& context, ExchangePtr exchange);

}  // namespace transcribed::http
