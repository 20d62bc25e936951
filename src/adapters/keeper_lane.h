// One keeper process and the socket to it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <tl/expected.hpp>

#include "adapters/launch_packet.h"
#include "wire/keeper_protocol.h"

namespace transcribed::adapters {

// Loop thread. Handlers run from the io_context, never from inside a method.
class KeeperLane : public std::enable_shared_from_this<KeeperLane> {
 public:
  struct Handlers {
    std::function<void(KeeperLane&, const wire::keeper::Answer&)> on_answer;
    // The keeper has died (asked to by retire(), or not) and is reaped; the last call.
    std::function<void(KeeperLane&)> on_gone;
  };

  // Starts a keeper that holds `kept_fds` open for as long as it lives, with `open_files` as its
  // soft limit on those (0: ours). Blocks for the time of a
  // vfork and exec, some 200 us. The error is a sentence.
  static tl::expected<std::shared_ptr<KeeperLane>, std::string> start(boost::asio::io_context& loop,
                                                                      const std::string& program,
                                                                      std::span<const int> kept_fds,
                                                                      std::uint64_t open_files,
                                                                      Handlers handlers);
  KeeperLane(boost::asio::io_context& loop, int socket, pid_t pid, Handlers handlers);

  pid_t pid() const { return pid_; }
  // An environment line that what this keeper launches carries, and nothing else does.
  const std::string& marker() const { return marker_; }

  // `fds` as wire::keeper::Request says, without the memfd. 0, or an errno.
  int launch(const LaunchPacket& packet, std::span<const int> fds);
  void end(std::chrono::milliseconds grace);
  // Lets the keeper go: it ends what it still has and exits.
  void retire();
  // retire(), no more handlers, and waits `limit` for the keeper to go.
  void leave();
  void wait_until_gone(std::chrono::milliseconds limit);

 private:
  void listen();
  void reap();

  boost::asio::posix::stream_descriptor socket_;
  pid_t pid_;
  std::string marker_;
  Handlers handlers_;
  wire::keeper::Answer answer_{};
};

}  // namespace transcribed::adapters
