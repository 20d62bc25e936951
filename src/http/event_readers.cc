#include "http/event_readers.h"

#include <algorithm>
#include <unordered_set>

#include <boost/asio/post.hpp>

namespace transcribed::http {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

// A round may cost one part in so many of the loop's time.
constexpr int share_of_loop = 10;
// How many readers for whom there is nothing are looked at in one turn.
constexpr int idle_a_turn = 64;
// What all readers together are given in a round, about: the kernel has to hold it. With many of
// them each turn is short, too.
constexpr std::size_t bytes_a_round = std::size_t{64} << 20;
constexpr std::size_t least_at_once = 32 * 1024;

}  // namespace

EventReaders::Seat::~Seat() {
  if (const auto readers = readers_.lock()) readers->give_up_seat();
}

EventReaders::EventReaders(boost::asio::io_context& loop, scheduler::EventBus& bus,
                           const EventOptions& options)
    : loop_(loop), bus_(bus), options_(options), round_timer_(loop), beat_timer_(loop) {}

// --- who reads ---

std::shared_ptr<EventReaders::Seat> EventReaders::take_seat() {
  if (stopping_ || seats_ >= options_.max_readers) return nullptr;
  if (++seats_ == 1) {
    subscription_ = bus_.subscribe([this] { ask_for_round(); });
    served_to_ = bus_.latest();
    beat_later();
  }
  return std::make_shared<Seat>(weak_from_this());
}

void EventReaders::give_up_seat() {
  if (--seats_ > 0) return;
  subscription_.reset();
  beat_timer_.cancel();
}

void EventReaders::add(std::shared_ptr<Seat> seat, std::shared_ptr<ResponseStream> stream,
                       EventFilter filter, std::uint64_t place, std::string owner) {
  Index index = static_cast<Index>(readers_.size());
  if (free_.empty()) {
    readers_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  stream->on_closed([this, index] { remove(index); });
  stream->on_drained([this, index] {
    if (!readers_[index]->behind) return;
    late_.push_back(index);
    ask_for_round();
  });
  (filter.job() ? of_job_[*filter.job()] : of_all_jobs_[filter]).push_back(index);
  const bool behind = place < bus_.latest();
  readers_[index] = std::make_unique<Reader>(
      Reader{std::move(seat), std::move(stream), filter, std::move(owner), place, behind, 0});
  if (behind || stopping_) late_.push_back(index);
  if (behind || stopping_) ask_for_round();
}

void EventReaders::remove(Index index) {
  // Kept until the end: what it drops may come back here.
  const auto reader = std::move(readers_[index]);
  leave_group(index, reader->filter);
  free_.push_back(index);
}

void EventReaders::leave_group(Index index, const EventFilter& filter) {
  const auto leave = [index](auto& groups, const auto& key) {
    const auto group = groups.find(key);
    auto& members = group->second;
    *std::ranges::find(members, index) = members.back();
    members.pop_back();
    if (members.empty()) groups.erase(group);
  };
  filter.job() ? leave(of_job_, *filter.job()) : leave(of_all_jobs_, filter);
}

void EventReaders::stop() {
  stopping_ = true;
  round_timer_.cancel();
  if (state_ == State::waiting) state_ = State::idle;
  ask_for_round();
}

// --- rounds ---

void EventReaders::ask_for_round() {
  if (state_ != State::idle) return;
  const auto now = steady_clock::now();
  if (now >= next_round_at_ || stopping_) {
    begin_round();
    return;
  }
  state_ = State::waiting;
  round_timer_.expires_at(next_round_at_);
  round_timer_.async_wait([weak = weak_from_this()](const error_code& called_off) {
    const auto self = weak.lock();
    if (called_off || !self || self->state_ != State::waiting) return;
    self->begin_round();
  });
}

void EventReaders::begin_round() {
  state_ = State::running;
  round_ = {};
  round_.number = ++rounds_;
  round_.from = served_to_;
  round_.to = bus_.latest();
  round_.beat = std::exchange(beat_due_, false);
  round_.closing = stopping_;
  round_.begun = steady_clock::now();
  round_.bytes_at_once =
      std::clamp(bytes_a_round / std::max<std::size_t>(seats_, 1),
                 std::min(least_at_once, options_.bytes_at_once), options_.bytes_at_once);
  round_.due = due_in_round();
  next_turn();
}

std::vector<EventReaders::Index> EventReaders::due_in_round() {
  std::vector<Index> due;
  if (round_.beat || round_.closing || !bus_.holds_after(round_.from)) {
    due.reserve(readers_.size());
    for (Index i = 0; i < readers_.size(); ++i) {
      if (readers_[i]) due.push_back(i);
    }
    late_.clear();
    return due;
  }
  due = std::exchange(late_, {});
  if (round_.from == round_.to) return due;
  for (const auto& [filter, members] : of_all_jobs_) {
    if (batch_for(round_.from, filter).text) due.insert(due.end(), members.begin(), members.end());
  }
  if (of_job_.empty()) return due;
  std::unordered_set<core::JobId> seen;
  for (auto seq = round_.from + 1; seq <= round_.to; ++seq) {
    const auto& job = bus_.at(seq).job;
    if (!job || !seen.insert(*job).second) continue;
    const auto group = of_job_.find(*job);
    if (group == of_job_.end()) continue;
    due.insert(due.end(), group->second.begin(), group->second.end());
  }
  return due;
}

void EventReaders::next_turn() {
  boost::asio::post(loop_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->turn();
  });
}

void EventReaders::turn() {
  const auto begun = steady_clock::now();
  for (int idle = 0; idle < idle_a_turn && round_.next < round_.due.size(); ++idle) {
    const Index index = round_.due[round_.next++];
    // It may have left meanwhile, or another one be there: whoever it is can be served. It may be
    // due for two reasons.
    if (readers_[index] && serve(index)) break;
  }
  round_.spent += steady_clock::now() - begun;
  round_.next < round_.due.size() ? next_turn() : end_round();
}

void EventReaders::end_round() {
  state_ = State::idle;
  served_to_ = round_.to;
  next_round_at_ = round_.begun + std::max<steady_clock::duration>(options_.least_interval,
                                                                   round_.spent * share_of_loop);
  const bool closed = round_.closing;
  round_ = {};
  if (bus_.latest() > served_to_ || !late_.empty() || beat_due_ || (stopping_ && !closed)) {
    ask_for_round();
  }
}

void EventReaders::beat_later() {
  beat_timer_.expires_after(options_.heartbeat);
  beat_timer_.async_wait([weak = weak_from_this()](const error_code& called_off) {
    const auto self = weak.lock();
    if (called_off || !self) return;
    self->beat_due_ = true;
    self->ask_for_round();
    self->beat_later();
  });
}

// --- one reader ---

bool EventReaders::serve(Index index) {
  Reader& reader = *readers_[index];
  if (std::exchange(reader.served_in, round_.number) == round_.number) return false;
  if (round_.beat && !may_follow(reader.owner)) {
    finish(index);
    return true;
  }
  const auto from = reader.behind ? reader.place : std::max(reader.place, round_.from);
  if (round_.closing && reader.stream->pending_bytes() > 0) {
    finish(index);
    return true;
  }
  if (reader.stream->pending_bytes() > 0) {
    reader.place = from;
    reader.behind = true;
    // It cannot even be told. What it has got says where it was.
    if (!bus_.holds_after(from)) remove(index);
    return false;
  }
  if (!bus_.holds_after(from)) {
    send_reset(index);
    return true;
  }
  bool wrote = false;
  if (from < round_.to) {
    const Batch& batch = batch_for(from, reader.filter);
    reader.place = batch.to;
    reader.behind = batch.to < round_.to;
    if (reader.behind) late_.push_back(index);
    wrote = batch.text != nullptr;
    if (wrote) reader.stream->write(batch.text);
    if (batch.ends) {
      finish(index);
      return true;
    }
  }
  if (round_.closing) {
    finish(index);
    return true;
  }
  // One that has come since is further on already.
  if (round_.beat && !wrote && !reader.behind && from <= round_.to) {
    reader.stream->write(heartbeat());
    wrote = true;
  }
  return wrote;
}

bool EventReaders::may_follow(const std::string& owner) {
  if (!options_.may_follow) return true;
  const auto [at, is_new] = round_.may_follow.try_emplace(owner, true);
  if (is_new) at->second = options_.may_follow(owner);
  return at->second;
}

void EventReaders::send_reset(Index index) {
  std::string text;
  append_event(text, "reset", "{}", EventId{bus_.boot(), bus_.latest()});
  readers_[index]->stream->write(std::make_shared<const std::string>(std::move(text)));
  finish(index);
}

void EventReaders::finish(Index index) {
  readers_[index]->stream->close();
  remove(index);
}

const EventReaders::Batch& EventReaders::batch_for(std::uint64_t from, const EventFilter& filter) {
  const auto [at, is_new] = round_.batches.try_emplace({from, filter});
  Batch& batch = at->second;
  if (!is_new) return batch;
  std::string text;
  while (from < round_.to && text.size() < round_.bytes_at_once && !batch.ends) {
    const scheduler::Event& event = bus_.at(++from);
    if (filter.wants(event)) append_event(text, bus_.boot(), event);
    batch.ends = filter.ends_with(event);
  }
  batch.to = from;
  if (!text.empty()) batch.text = std::make_shared<const std::string>(std::move(text));
  return batch;
}

// With the place, so that a reader who has wanted nothing for long comes back to where it was.
const std::shared_ptr<const std::string>& EventReaders::heartbeat() {
  if (!round_.heartbeat) {
    std::string text(heartbeat_line);
    append_place(text, {bus_.boot(), round_.to});
    round_.heartbeat = std::make_shared<const std::string>(std::move(text));
  }
  return round_.heartbeat;
}

}  // namespace transcribed::http
