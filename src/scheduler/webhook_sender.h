// Tells the URLs that are to be told of a job's end. What is to be told, and when it is tried next,
// is in the store alone: nothing is lost by a restart, and nothing is held here but what is on its
// way. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/webhook_schedule.h"
#include "ports/clock.h"
#include "ports/job_store.h"
#include "scheduler/event_log.h"
#include "scheduler/fetcher_process.h"
#include "wire/webhook_signature.h"

namespace transcribed::scheduler {

class WebhookSender {
 public:
  // All outlive this. `jitter`: from 0 to 1, another one each time.
  WebhookSender(FetcherProcess& fetcher, ports::JobStore& store, ports::Clock& clock,
                wire::WebhookSecret secret, std::function<double()> jitter, EventLog log);

  // Something may be due: at the start, and when an end with webhooks is on disk.
  void look();

 private:
  void found(std::vector<ports::Delivery> deliveries);
  void send(ports::Delivery delivery);
  void answered(std::int64_t id, const core::WebhookAnswer& answer, const std::string& problem,
                bool hopeless);
  void write(std::int64_t id, core::WebhookNext next);
  void wake_at(core::WallTime when);

  FetcherProcess& fetcher_;
  ports::JobStore& store_;
  ports::Clock& clock_;
  const wire::WebhookSecret secret_;
  const std::function<double()> jitter_;
  const EventLog log_;
  struct Sent {
    ports::Delivery delivery;
    std::unique_ptr<ports::Alarm> write_again;
  };
  std::map<std::int64_t, Sent> sent_;                // until what came of it is on disk
  std::map<std::string, int, std::less<>> sent_to_;  // how many of them, by host
  std::set<std::int64_t> settled_;  // since the reading began, which may not know of it
  bool reading_ = false;
  bool look_again_ = false;
  std::unique_ptr<ports::Alarm> due_;
};

}  // namespace transcribed::scheduler
