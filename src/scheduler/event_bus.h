// What happens to jobs and to the machine, for whoever wants to follow. One ring holds the latest
// events for all readers; a reader is a place in it, so that one that is slow, or was away, costs
// nothing and goes on from where it was for as long as the ring reaches back. Loop thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/job_id.h"
#include "ports/clock.h"

namespace transcribed::scheduler {

enum class EventType { job, progress, segment, removed, resources };

// The word used in the API ("job").
std::string_view to_string(EventType type);
std::optional<EventType> parse_event_type(std::string_view word);

struct Event {
  std::uint64_t seq = 0;  // one more than the one before, while events are kept
  EventType type = EventType::job;
  std::optional<core::JobId> job;
  bool last = false;  // the job has ended, or is not there any more
  std::shared_ptr<const std::string> json;
};

struct EventBusOptions {
  std::string boot = "0";  // tells this run of the daemon from all others
  std::size_t most_events = 16'384;
  std::size_t most_bytes = std::size_t{8} << 20;
  // How long events go on being kept for readers who may come back, when none is there.
  std::chrono::seconds keep_for{60};
};

class EventBus {
 public:
  // While it lives, events are kept. Must not outlive the bus.
  class Subscription {
   public:
    ~Subscription() { bus_.forget(this); }
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

   private:
    friend class EventBus;
    Subscription(EventBus& bus, std::function<void()> wake) : bus_(bus), wake_(std::move(wake)) {}
    EventBus& bus_;
    std::function<void()> wake_;
  };

  EventBus(ports::Clock& clock, EventBusOptions options);

  // --- for those who publish ---

  // Whether an event would be kept. Asked before its text is made: while nobody follows, events
  // cost nothing.
  bool is_wanted();
  // `json`: one line. Call is_wanted() first.
  void publish(EventType type, std::optional<core::JobId> job, std::string json, bool last = false);
  // Called when somebody subscribes and nobody had. One listener.
  void on_first_subscriber(std::function<void()> listener) { first_ = std::move(listener); }
  bool has_subscribers() const { return !subscribers_.empty(); }

  // --- for those who read ---

  // `wake` is called after something was published, never from inside publish(), and once for all
  // that is published before it comes.
  [[nodiscard]] std::unique_ptr<Subscription> subscribe(std::function<void()> wake);
  const std::string& boot() const { return options_.boot; }
  // The last event's number, held or not; 0 before the first.
  std::uint64_t latest() const { return latest_; }
  // Whether everything that happened after event `seq` is held.
  bool holds_after(std::uint64_t seq) const {
    return seq <= latest_ && seq + events_.size() >= latest_;
  }
  // One that is held.
  const Event& at(std::uint64_t seq) const {
    return events_[static_cast<std::size_t>(seq - (latest_ - events_.size()) - 1)];
  }
  // Whether something about this job happened after `seq`; true also where that is not known.
  bool told_after(std::uint64_t seq, core::JobId job) const;

 private:
  void forget(const Subscription* subscription);
  void make_room();
  void wake_soon();
  void clear();

  ports::Clock& clock_;
  const EventBusOptions options_;
  std::deque<Event> events_;  // the last of them is number latest_
  std::size_t bytes_ = 0;
  std::uint64_t latest_ = 0;
  std::vector<Subscription*> subscribers_;
  std::optional<core::SteadyTime> keep_until_;  // nobody is there, but may come back
  bool missed_ = false;                         // something happened that was not kept
  std::unique_ptr<ports::Alarm> wake_;
  std::function<void()> first_;
};

}  // namespace transcribed::scheduler
