// Those who follow the events: each a stream and a place in the ring of the EventBus. They are
// served in rounds, one reader a turn, so that between any two of them the loop looks for other
// work; the more a round costs, the longer it is until the next one. What readers get in a round is
// put together once for all of them that want the same. Loop thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/event_text.h"
#include "http/options.h"
#include "http/response_stream.h"
#include "scheduler/event_bus.h"

namespace transcribed::http {

class EventReaders : public std::enable_shared_from_this<EventReaders> {
 public:
  // The right to be one of the readers. While there is one, events are kept.
  class Seat {
   public:
    explicit Seat(std::weak_ptr<EventReaders> readers) : readers_(std::move(readers)) {}
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

   private:
    std::weak_ptr<EventReaders> readers_;
  };

  // Both must outlive it.
  EventReaders(boost::asio::io_context& loop, scheduler::EventBus& bus,
               const EventOptions& options);

  // Null: there are as many as there may be, or the server is stopping.
  std::shared_ptr<Seat> take_seat();
  std::size_t seats() const { return seats_; }

  // From now on `stream` gets what it wants of the events after `place`, until it ends. `owner`:
  // see EventOptions::may_follow.
  void add(std::shared_ptr<Seat> seat, std::shared_ptr<ResponseStream> stream, EventFilter filter,
           std::uint64_t place, std::string owner);

  // Gives each what there is, and closes the streams. Nobody is let in any more.
  void stop();

 private:
  using Index = std::uint32_t;  // in readers_
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Reader {
    std::shared_ptr<Seat> seat;
    std::shared_ptr<ResponseStream> stream;
    EventFilter filter;
    std::string owner;
    // What it has got, or did not want. Of one that is not behind it may be stale: it has
    // everything up to the last round at least.
    std::uint64_t place = 0;
    bool behind = false;
    std::uint64_t served_in = 0;  // the number of a round
  };
  // What a reader gets who is at `from`: shared by all who want the same.
  struct Batch {
    std::shared_ptr<const std::string> text;  // null: nothing
    std::uint64_t to = 0;
    bool ends = false;
  };
  struct Round {
    std::uint64_t number = 0;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    bool beat = false;
    bool closing = false;
    TimePoint begun{};
    std::chrono::steady_clock::duration spent{};
    std::vector<Index> due;
    std::size_t next = 0;
    std::size_t bytes_at_once = 0;  // to one reader
    std::map<std::pair<std::uint64_t, EventFilter>, Batch> batches;
    std::shared_ptr<const std::string> heartbeat;
    std::map<std::string, bool> may_follow;  // with `beat`; by owner
  };
  enum class State { idle, waiting, running };

  void give_up_seat();
  void leave_group(Index index, const EventFilter& filter);
  void remove(Index index);

  void ask_for_round();
  void begin_round();
  std::vector<Index> due_in_round();
  void next_turn();
  void turn();
  void end_round();

  // True: something was written.
  bool serve(Index index);
  bool may_follow(const std::string& owner);
  void send_reset(Index index);
  void finish(Index index);
  const Batch& batch_for(std::uint64_t from, const EventFilter& filter);
  const std::shared_ptr<const std::string>& heartbeat();
  void beat_later();

  boost::asio::io_context& loop_;
  scheduler::EventBus& bus_;
  const EventOptions options_;
  std::size_t seats_ = 0;
  std::unique_ptr<scheduler::EventBus::Subscription> subscription_;  // while there are seats

  std::vector<std::unique_ptr<Reader>> readers_;  // null: free
  std::vector<Index> free_;
  std::map<EventFilter, std::vector<Index>> of_all_jobs_;  // by what they want
  std::unordered_map<core::JobId, std::vector<Index>> of_job_;
  std::vector<Index> late_;  // behind, and can take more

  State state_ = State::idle;
  Round round_;
  std::uint64_t rounds_ = 0;
  std::uint64_t served_to_ = 0;  // by the last round
  TimePoint next_round_at_{};
  boost::asio::steady_timer round_timer_;
  boost::asio::steady_timer beat_timer_;
  bool beat_due_ = false;
  bool stopping_ = false;
};

}  // namespace transcribed::http
