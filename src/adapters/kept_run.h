// One process tree below a keeper, from launch to end: its pipes, its folder, its events.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "adapters/background_thread.h"
#include "adapters/file_descriptor.h"
#include "adapters/keeper_lane.h"
#include "adapters/private_folder.h"
#include "ports/process_launcher.h"
#include "wire/keeper_protocol.h"

namespace transcribed::adapters {

// Loop thread. Kept alive by its lane until the tree has ended, also when its owner forgot it.
class KeptRun : public std::enable_shared_from_this<KeptRun> {
 public:
  KeptRun(boost::asio::io_context& loop, std::shared_ptr<BackgroundThread> background,
          std::shared_ptr<PrivateFolders> folders, ports::ProcessEvents events);

  // What a keeper is given: standard input (if any), output and error, to be closed after sending.
  struct ChildEnds {
    FileDescriptor input, output, error;
  };
  // Opens the pipes; 0, or an errno.
  int open_pipes(bool standard_input, ChildEnds& child_ends);
  // `private_one`: given back after the end.
  void use_folder(std::string folder, bool private_one, const std::string& result_file);
  // The launch has been sent: begins to read.
  void begin(std::shared_ptr<KeeperLane> lane);

  void write(std::string bytes);
  void end(std::chrono::milliseconds grace);
  pid_t root() const { return lane_ ? lane_->pid() : 0; }
  // Kills the tree and tells nothing any more.
  void forget();

  // From the launcher. After finish() nothing is told any more.
  void still_there();
  // The tree is gone: delivers what is left in the pipes, reads the result, gives the folder back.
  void finish(ports::ProcessEnd end);

 private:
  using Stream = boost::asio::posix::stream_descriptor;
  using Told = std::function<void(std::string_view)>;

  // 1 to n bytes were delivered, nothing is there now, or nothing will come any more.
  enum class Read { some, nothing_now, closed };

  void wait_for_output(Stream& stream, const Told& told);
  Read read_once(Stream& stream, const Told& told);
  void drain(Stream& stream, const Told& told);
  void write_queued();
  void close_pipes();
  // True: a large one is read behind the loop's back, and the end told after that.
  bool read_result(ports::ProcessEnd& end);
  void leave_folder();
  void tell_end(const ports::ProcessEnd& end);

  boost::asio::io_context& loop_;
  std::shared_ptr<BackgroundThread> background_;
  std::shared_ptr<PrivateFolders> folders_;
  ports::ProcessEvents events_;
  Stream input_;
  Stream output_;
  Stream error_;
  std::deque<std::string> unwritten_;
  std::size_t written_of_first_ = 0;
  bool waiting_to_write_ = false;
  std::shared_ptr<KeeperLane> lane_;
  std::string folder_;  // private, to be given back; or empty
  std::string result_path_;
  std::optional<std::chrono::steady_clock::time_point> kill_at_;
  std::optional<boost::asio::steady_timer> keeper_limit_;
  bool told_unkillable_ = false;
  bool forgotten_ = false;
  int telling_ = 0;  // depth of events on the stack, which must not be destroyed meanwhile
};

}  // namespace transcribed::adapters
