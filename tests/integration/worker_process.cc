#include "tests/integration/worker_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

namespace transcribed::tests {
namespace {

using Clock = std::chrono::steady_clock;

int remaining_ms(Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(0, left.count()));
}

void close_if_open(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

}  // namespace

WorkerProcess::WorkerProcess(std::vector<std::string> argv) {
  // A worker that went away must fail the test, not end it.
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::vector<char*> arguments;
  for (std::string& argument : argv) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const int error =
      ::posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  output_ = out[0];
  if (error != 0) throw std::runtime_error("cannot start " + argv[0]);
  process_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

WorkerProcess::~WorkerProcess() {
  close_if_open(input_);
  close_if_open(output_);
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  close_if_open(process_);
}

void WorkerProcess::send_raw(const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t count = ::write(input_, bytes.data() + sent, bytes.size() - sent);
    if (count < 0 && errno == EINTR) continue;
    ASSERT_GT(count, 0) << "the worker reads no more";
    sent += static_cast<std::size_t>(count);
  }
}

void WorkerProcess::close_input() { close_if_open(input_); }
void WorkerProcess::close_output() { close_if_open(output_); }

void WorkerProcess::kill() { ::kill(pid_, SIGKILL); }

std::optional<std::string> WorkerProcess::next_line(std::chrono::milliseconds deadline) {
  const Clock::time_point until = Clock::now() + deadline;
  while (true) {
    if (const std::size_t newline = buffer_.find('\n'); newline != std::string::npos) {
      std::string line = buffer_.substr(0, newline);
      buffer_.erase(0, newline + 1);
      return line;
    }
    pollfd wait{output_, POLLIN, 0};
    if (::poll(&wait, 1, remaining_ms(until)) <= 0) return std::nullopt;
    std::array<char, 65536> block;
    const ssize_t count = ::read(output_, block.data(), block.size());
    if (count <= 0) return std::nullopt;
    buffer_.append(block.data(), static_cast<std::size_t>(count));
  }
}

std::optional<wire::FromWorker> WorkerProcess::next(std::chrono::milliseconds deadline) {
  const std::optional<std::string> line = next_line(deadline);
  if (!line) return std::nullopt;
  tl::expected<wire::FromWorker, std::string> message = wire::parse_from_worker(*line);
  if (!message) {
    ADD_FAILURE() << message.error() << ": " << *line;
    return std::nullopt;
  }
  return std::move(*message);
}

std::optional<wire::FromWorker> WorkerProcess::next_end(std::vector<core::Segment>* segments) {
  while (std::optional<wire::FromWorker> message = next()) {
    if (const auto* found = std::get_if<wire::SegmentFound>(&*message)) {
      if (segments != nullptr) segments->push_back(found->segment);
    } else if (!std::holds_alternative<wire::Progress>(*message)) {
      return message;
    }
  }
  return std::nullopt;
}

bool WorkerProcess::says_done() {
  while (const std::optional<wire::FromWorker> message = next()) {
    if (std::holds_alternative<wire::JobDone>(*message)) return true;
  }
  return false;
}

std::optional<int> WorkerProcess::wait(std::chrono::milliseconds deadline) {
  pollfd ended{process_, POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(deadline.count())) <= 0) return std::nullopt;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace transcribed::tests
