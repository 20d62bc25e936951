// Follows one job until it has ended, for an answer that waits for it. Loop thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <tl/expected.hpp>

#include "scheduler/event_bus.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

class JobFollower : public std::enable_shared_from_this<JobFollower> {
 public:
  struct Callbacks {
    // Each segment once, in order, also where an attempt was lost and the job began anew. May be
    // empty.
    std::function<void(const core::Segment&)> on_segment;
    // Once: the job as it ended, or why it cannot be told (it was deleted). Never from inside
    // start().
    std::function<void(tl::expected<scheduler::JobView, scheduler::Refusal>)> on_end;
  };
  // Nothing is called any more once the pointer is dropped.
  static std::shared_ptr<JobFollower> start(scheduler::JobService& jobs, core::JobId id,
                                            Callbacks callbacks);

 private:
  JobFollower(scheduler::JobService& jobs, core::JobId id, Callbacks callbacks)
      : jobs_(jobs), id_(id), callbacks_(std::move(callbacks)) {}

  void take_snapshot();
  void read_on();
  void take(const scheduler::Event& event);
  void deliver(const core::Segment& segment);
  void end();

  scheduler::JobService& jobs_;
  const core::JobId id_;
  Callbacks callbacks_;
  std::unique_ptr<scheduler::EventBus::Subscription> subscription_;
  bool in_step_ = false;  // a snapshot was taken; `place_` holds
  bool ended_ = false;
  std::uint64_t place_ = 0;  // of the last event looked at
  int next_segment_ = 0;
};

}  // namespace transcribed::http
