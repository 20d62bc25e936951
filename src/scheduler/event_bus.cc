#include "scheduler/event_bus.h"

#include <algorithm>
#include <array>
#include <utility>

namespace transcribed::scheduler {
namespace {

constexpr std::array<std::pair<EventType, std::string_view>, 5> words{
    {{EventType::job, "job"},
     {EventType::progress, "progress"},
     {EventType::segment, "segment"},
     {EventType::removed, "removed"},
     {EventType::resources, "resources"}}};

// What an event takes beside its text.
constexpr std::size_t overhead = sizeof(Event) + sizeof(std::string) + 48;

std::size_t size_of(const Event& event) { return overhead + event.json->size(); }

}  // namespace

std::string_view to_string(EventType type) {
  const auto* const at =
      std::ranges::find(words, type, &std::pair<EventType, std::string_view>::first);
  return at == words.end() ? "" : at->second;
}

std::optional<EventType> parse_event_type(std::string_view word) {
  const auto* const at =
      std::ranges::find(words, word, &std::pair<EventType, std::string_view>::second);
  if (at == words.end()) return std::nullopt;
  return at->first;
}

EventBus::EventBus(ports::Clock& clock, EventBusOptions options)
    : clock_(clock), options_(std::move(options)) {}

bool EventBus::is_wanted() {
  if (!subscribers_.empty()) return true;
  if (keep_until_) {
    if (clock_.now() < *keep_until_) return true;
    keep_until_.reset();
  }
  if (!std::exchange(missed_, true)) clear();
  return false;
}

void EventBus::publish(EventType type, std::optional<core::JobId> job, std::string json,
                       bool last) {
  events_.push_back({.seq = ++latest_,
                     .type = type,
                     .job = job,
                     .last = last,
                     .json = std::make_shared<const std::string>(std::move(json))});
  bytes_ += size_of(events_.back());
  make_room();
  wake_soon();
}

// The newest one stays, however large.
void EventBus::make_room() {
  while (events_.size() > 1 &&
         (events_.size() > options_.most_events || bytes_ > options_.most_bytes)) {
    bytes_ -= size_of(events_.front());
    events_.pop_front();
  }
}

void EventBus::wake_soon() {
  if (wake_ || subscribers_.empty()) return;
  wake_ = clock_.wake_at(clock_.now(), [this] {
    const auto alarm = std::move(wake_);
    const std::vector<Subscription*> woken = subscribers_;
    for (Subscription* one : woken) {
      // Another one's wake may have ended it.
      if (std::ranges::find(subscribers_, one) != subscribers_.end()) one->wake_();
    }
  });
}

std::unique_ptr<EventBus::Subscription> EventBus::subscribe(std::function<void()> wake) {
  // A number that no event has: whoever was at the last one before it has missed something.
  if (std::exchange(missed_, false)) {
    clear();
    ++latest_;
  }
  keep_until_.reset();
  std::unique_ptr<Subscription> subscription(new Subscription(*this, std::move(wake)));
  subscribers_.push_back(subscription.get());
  if (subscribers_.size() == 1 && first_) first_();
  return subscription;
}

void EventBus::forget(const Subscription* subscription) {
  std::erase(subscribers_, subscription);
  if (subscribers_.empty()) keep_until_ = clock_.now() + options_.keep_for;
}

void EventBus::clear() {
  std::deque<Event>().swap(events_);
  bytes_ = 0;
}

bool EventBus::told_after(std::uint64_t seq, core::JobId job) const {
  if (!holds_after(seq)) return true;
  for (auto i = seq + 1; i <= latest_; ++i) {
    if (at(i).job == job) return true;
  }
  return false;
}

}  // namespace transcribed::scheduler
