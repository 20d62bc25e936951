#include "adapters/captured_run.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace transcribed::adapters {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t error_end_size = 4096;
constexpr std::chrono::milliseconds patience_after_kill{1000};

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  // Only our end: the program must not meet EAGAIN.
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

// posix_spawn's two parameter blocks, with their clean-up.
struct SpawnSetup {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  SpawnSetup() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
};

// 0, or errno.
int spawn(const CapturedRunSpec& spec, int out, int err, pid_t& pid) {
  SpawnSetup setup;
  posix_spawn_file_actions_addopen(&setup.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&setup.files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&setup.files, err, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&setup.files, STDERR_FILENO + 1);

  // The daemon may block or ignore signals; what it starts must not inherit that.
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&setup.attributes, &none);
  posix_spawnattr_setsigdefault(&setup.attributes, &all);
  posix_spawnattr_setpgroup(&setup.attributes, 0);
  posix_spawnattr_setflags(&setup.attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  std::vector<std::string> words{spec.program};
  words.insert(words.end(), spec.arguments.begin(), spec.arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return posix_spawn(&pid, spec.program.c_str(), &setup.files, &setup.attributes, argv.data(),
                     environ);
}

enum class ReadResult { more, ended };

// Takes what is there now and hands it to `keep`, which may say stop by returning false.
template <typename Keep>
ReadResult drain(int fd, Keep keep) {
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count > 0) {
      if (!keep(buffer.data(), static_cast<std::size_t>(count))) return ReadResult::more;
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return ReadResult::more;
    return ReadResult::ended;
  }
}

int milliseconds_until(Clock::time_point when) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

// Waits for the process's end without reaping it. False: `deadline` passed first.
bool wait_for_end(int pidfd, Clock::time_point deadline) {
  for (;;) {
    pollfd entry{pidfd, POLLIN, 0};
    const int left = milliseconds_until(deadline);
    if (::poll(&entry, 1, left) > 0) return true;
    if (left == 0) return false;
  }
}

// The running program, seen from outside.
class Run {
 public:
  Run(const CapturedRunSpec& spec, Descriptor out, Descriptor err, int pidfd)
      : spec_(spec), out_(std::move(out)), err_(std::move(err)), pidfd_(pidfd) {}

  enum class Stop { ended, timed_out, flooded };

  // Until the program itself has ended; a child of it that keeps the pipes open is not waited for.
  Stop watch(CapturedRun& result) {
    const auto deadline = Clock::now() + spec_.limit;
    for (;;) {
      std::array<pollfd, 3> entries{
          {{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}, {pidfd_, POLLIN, 0}}};
      const int left = milliseconds_until(deadline);
      const int ready = ::poll(entries.data(), entries.size(), left);
      if (ready < 0 && errno != EINTR) return Stop::timed_out;
      const bool ended = ready > 0 && entries[2].revents != 0;
      if (ready > 0 && !take_output(result)) return Stop::flooded;
      if (ended) return Stop::ended;
      if (left == 0) return Stop::timed_out;
    }
  }

 private:
  // False: there is too much of it.
  bool take_output(CapturedRun& result) {
    bool flooded = false;
    if (out_.open()) {
      const auto keep = [&](const char* bytes, std::size_t count) {
        const std::size_t room = spec_.max_output - result.output.size();
        result.output.append(bytes, std::min(count, room));
        flooded = count > room;
        return !flooded;
      };
      // A closed pipe is readable for ever: forgetting it keeps poll() from spinning.
      if (drain(out_.get(), keep) == ReadResult::ended) out_.close();
    }
    if (err_.open()) {
      std::size_t taken = 0;
      const auto keep = [&](const char* bytes, std::size_t count) {
        result.error_end.append(bytes, count);
        if (result.error_end.size() > error_end_size) {
          result.error_end.erase(0, result.error_end.size() - error_end_size);
        }
        // Whoever floods standard error must not keep us from looking at the clock.
        taken += count;
        return taken < spec_.max_output;
      };
      if (drain(err_.get(), keep) == ReadResult::ended) err_.close();
    }
    return !flooded;
  }

  const CapturedRunSpec& spec_;
  Descriptor out_;
  Descriptor err_;
  int pidfd_;  // the caller's
};

CapturedRun not_started(int error) {
  CapturedRun result;
  result.how = CapturedRun::How::not_started;
  result.code = error;
  return result;
}

}  // namespace

CapturedRun run_captured(const CapturedRunSpec& spec) {
  auto out = make_pipe();
  auto err = make_pipe();
  if (!out || !err) return not_started(errno);
  pid_t pid = -1;
  if (const int error = spawn(spec, out->write.get(), err->write.get(), pid); error != 0) {
    return not_started(error);
  }
  out->write.close();
  err->write.close();

  CapturedRun result;
  // The child is not reaped before we do it, so its number cannot be somebody else's yet.
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) {
    const int error = errno;
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return not_started(error);
  }
  Run run(spec, std::move(out->read), std::move(err->read), pidfd);
  const Descriptor process(pidfd);
  const Run::Stop stop = run.watch(result);

  // Before reaping, while the group's number is still ours: ends what the program left behind, too.
  ::kill(-pid, SIGKILL);
  result.reaped = wait_for_end(process.get(), Clock::now() + patience_after_kill);
  siginfo_t end{};
  if (result.reaped) {
    while (::waitid(P_PID, static_cast<id_t>(pid), &end, WEXITED) != 0 && errno == EINTR) {
    }
  }
  switch (stop) {
    case Run::Stop::timed_out:
      result.how = CapturedRun::How::timed_out;
      break;
    case Run::Stop::flooded:
      result.how = CapturedRun::How::flooded;
      break;
    case Run::Stop::ended:
      result.how =
          end.si_code == CLD_EXITED ? CapturedRun::How::exited : CapturedRun::How::signalled;
      result.code = end.si_status;
      break;
  }
  return result;
}

}  // namespace transcribed::adapters
