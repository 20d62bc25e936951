#include "adapters/kept_run.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

namespace transcribed::adapters {
namespace {

// Reads a turn of the loop gives to one pipe, so that a flooding engine starves nobody.
constexpr int reads_a_turn = 4;
// A result up to this size is read on the loop thread, a larger one behind its back.
constexpr off_t small_result = 256 * 1024;
// After this a keeper that should have spoken of an unkillable tree is taken for stuck itself.
constexpr std::chrono::seconds keeper_slack{5};

// Loop thread only, so one for all.
std::array<char, 64 * 1024>& shared_buffer() {
  thread_local std::array<char, 64 * 1024> buffer;
  return buffer;
}

int open_pipe(FileDescriptor& reading, FileDescriptor& writing) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
  reading.reset(ends[0]);
  writing.reset(ends[1]);
  return 0;
}

// Our end. The child's has its own open file and stays blocking.
void own(boost::asio::posix::stream_descriptor& stream, FileDescriptor end) {
  stream.assign(end.release());
  stream.native_non_blocking(true);
}

// The file if it is one; an engine could have left a link, a pipe or a device under its name.
FileDescriptor open_result(const std::string& path, off_t& size) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) return FileDescriptor();
  size = about.st_size;
  return file;
}

std::string read_up_to(const FileDescriptor& file, std::size_t limit) {
  std::string out;
  std::array<char, 16 * 1024> piece;
  while (out.size() < limit) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    out.append(piece.data(), static_cast<std::size_t>(got));
  }
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace

KeptRun::KeptRun(boost::asio::io_context& loop, std::shared_ptr<BackgroundThread> background,
                 std::shared_ptr<PrivateFolders> folders, ports::ProcessEvents events)
    : loop_(loop),
      background_(std::move(background)),
      folders_(std::move(folders)),
      events_(std::move(events)),
      input_(loop),
      output_(loop),
      error_(loop) {}

int KeptRun::open_pipes(bool standard_input, ChildEnds& child_ends) {
  FileDescriptor input, output, error;
  int failure = open_pipe(output, child_ends.output);
  if (failure == 0) failure = open_pipe(error, child_ends.error);
  if (failure == 0 && standard_input) failure = open_pipe(child_ends.input, input);
  if (failure != 0) return failure;
  own(output_, std::move(output));
  own(error_, std::move(error));
  if (input) own(input_, std::move(input));
  return 0;
}

void KeptRun::use_folder(std::string folder, bool private_one, const std::string& result_file) {
  if (!result_file.empty()) result_path_ = folder + "/" + result_file;
  if (private_one) folder_ = std::move(folder);
}

void KeptRun::begin(std::shared_ptr<KeeperLane> lane) {
  lane_ = std::move(lane);
  wait_for_output(output_, events_.on_stdout);
  wait_for_output(error_, events_.on_stderr);
}

void KeptRun::wait_for_output(Stream& stream, const Told& told) {
  stream.async_wait(Stream::wait_read, [self = shared_from_this(), &stream,
                                        &told](const boost::system::error_code& error) {
    if (error || !stream.is_open()) return;
    Read last = Read::some;
    for (int i = 0; i < reads_a_turn && last == Read::some; ++i) {
      last = self->read_once(stream, told);
    }
    if (last == Read::closed) {
      if (stream.is_open()) stream.close();
    } else {
      self->wait_for_output(stream, told);
    }
  });
}

KeptRun::Read KeptRun::read_once(Stream& stream, const Told& told) {
  auto& buffer = shared_buffer();
  const ssize_t got = ::read(stream.native_handle(), buffer.data(), buffer.size());
  if (got < 0) {
    return errno == EAGAIN || errno == EINTR ? Read::nothing_now : Read::closed;
  }
  if (got == 0) return Read::closed;
  if (told) {
    ++telling_;
    told(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    if (--telling_ == 0 && forgotten_) events_ = {};
  }
  if (!stream.is_open()) return Read::closed;  // forgotten meanwhile
  return static_cast<std::size_t>(got) < buffer.size() ? Read::nothing_now : Read::some;
}

// What stood in the pipe when the tree ended. What is written later comes from outside the tree,
// through a descriptor that was handed out of it, and is not waited for.
void KeptRun::drain(Stream& stream, const Told& told) {
  if (!stream.is_open()) return;
  int left = 0;
  if (::ioctl(stream.native_handle(), FIONREAD, &left) != 0) return;
  const auto piece = static_cast<int>(shared_buffer().size());
  for (; left > 0 && stream.is_open(); left -= piece) {
    if (read_once(stream, told) == Read::closed) return;
  }
}

void KeptRun::write(std::string bytes) {
  if (!input_.is_open() || bytes.empty()) return;
  unwritten_.push_back(std::move(bytes));
  if (!waiting_to_write_) write_queued();
}

void KeptRun::write_queued() {
  while (!unwritten_.empty()) {
    const std::string& first = unwritten_.front();
    const ssize_t put = ::write(input_.native_handle(), first.data() + written_of_first_,
                                first.size() - written_of_first_);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) {
      waiting_to_write_ = true;
      input_.async_wait(Stream::wait_write,
                        [self = shared_from_this()](const boost::system::error_code& error) {
                          self->waiting_to_write_ = false;
                          if (!error && self->input_.is_open()) self->write_queued();
                        });
      return;
    }
    if (put < 0) {  // EPIPE: it reads no more
      input_.close();
      unwritten_.clear();
      return;
    }
    written_of_first_ += static_cast<std::size_t>(put);
    if (written_of_first_ == first.size()) {
      unwritten_.pop_front();
      written_of_first_ = 0;
    }
  }
}

void KeptRun::end(std::chrono::milliseconds grace) {
  if (!lane_) return;
  const auto kill_at = std::chrono::steady_clock::now() + grace;
  if (kill_at_ && *kill_at_ <= kill_at) return;
  kill_at_ = kill_at;
  lane_->end(grace);
  keeper_limit_.emplace(
      loop_, kill_at + std::chrono::milliseconds(wire::keeper::unkillable_after_ms) + keeper_slack);
  keeper_limit_->async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self && self->lane_) self->still_there();
  });
}

void KeptRun::forget() {
  forgotten_ = true;
  end(std::chrono::milliseconds(0));
  close_pipes();
  if (telling_ == 0) events_ = {};
}

void KeptRun::still_there() {
  if (told_unkillable_ || forgotten_) return;
  told_unkillable_ = true;
  const auto keep = shared_from_this();
  if (!events_.on_end) return;
  ++telling_;
  events_.on_end({.how = ports::ProcessEnd::How::unkillable,
                  .status = 0,
                  .message = "still there after SIGKILL",
                  .result = std::nullopt});
  if (--telling_ == 0 && forgotten_) events_ = {};
}

void KeptRun::finish(ports::ProcessEnd end) {
  const auto keep = shared_from_this();
  lane_.reset();
  keeper_limit_.reset();
  drain(output_, events_.on_stdout);
  drain(error_, events_.on_stderr);
  if (read_result(end)) return;
  // Told before the rest is tidied up: the next job may be waiting for this one's slot.
  tell_end(end);
  close_pipes();
  leave_folder();
}

void KeptRun::close_pipes() {
  if (input_.is_open()) input_.close();
  if (output_.is_open()) output_.close();
  if (error_.is_open()) error_.close();
  unwritten_.clear();
}

bool KeptRun::read_result(ports::ProcessEnd& end) {
  if (result_path_.empty() || forgotten_) return false;
  off_t size = 0;
  FileDescriptor file = open_result(result_path_, size);
  if (!file) return false;
  if (size <= small_result) {
    end.result = read_up_to(file, ports::max_result_bytes);
    if (!folder_.empty()) ::unlink(result_path_.c_str());
    return false;
  }
  close_pipes();
  // shared_ptr: a std::function is copied, an open file is not.
  background_->run([self = shared_from_this(), end = std::move(end),
                    file = std::make_shared<FileDescriptor>(std::move(file))]() mutable {
    end.result = read_up_to(*file, ports::max_result_bytes);
    if (!self->folder_.empty()) remove_folder(self->folder_);
    // Moved, so that its last owner is the loop's thread.
    boost::asio::io_context& loop = self->loop_;
    boost::asio::post(loop,
                      [self = std::move(self), end = std::move(end)] { self->tell_end(end); });
  });
  return true;
}

void KeptRun::leave_folder() {
  if (folder_.empty() || folders_->give_back(folder_)) return;
  background_->run([folder = folder_] { remove_folder(folder); });
}

void KeptRun::tell_end(const ports::ProcessEnd& end) {
  const ports::ProcessEvents events = std::exchange(events_, {});
  if (!forgotten_ && events.on_end) events.on_end(end);
}

}  // namespace transcribed::adapters
