#include "tests/fakes/client_process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

extern char** environ;

namespace transcribed::fakes {

using Clock = std::chrono::steady_clock;

namespace {

// Generous: only a test that fails waits so long.
constexpr std::chrono::seconds patience(30);

std::vector<char*> as_pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

ClientProcess::ClientProcess(const ProcessSettings& settings) {
  // All memory is taken before the fork: this process has threads.
  std::vector<std::string> words = settings.command;
  std::vector<char*> arguments = as_pointers(words);
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    if (settings.environment.count(text.substr(0, text.find('='))) == 0) variables.push_back(text);
  }
  for (const auto& [name, value] : settings.environment) variables.push_back(name + "=" + value);
  std::vector<char*> environment = as_pointers(variables);

  std::array<int, 2> in{-1, -1};
  std::array<int, 2> out{-1, -1};
  std::array<int, 2> err{-1, -1};
  if (settings.terminal) {
    winsize window{};
    window.ws_row = 24;
    window.ws_col = static_cast<unsigned short>(settings.columns);
    pid_ = ::forkpty(&err_fd_, nullptr, nullptr, &window);
  } else {
    if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0 ||
        (settings.stdin_pipe && ::pipe2(in.data(), O_CLOEXEC) != 0)) {
      throw std::runtime_error("pipe");
    }
    pid_ = ::fork();
  }
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    if (!settings.terminal) {
      ::setpgid(0, 0);
      const char* const input =
          settings.stdin_file.empty() ? "/dev/null" : settings.stdin_file.c_str();
      ::dup2(settings.stdin_pipe ? in[0] : ::open(input, O_RDONLY), STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(err[1], STDERR_FILENO);
    }
    if (!settings.stdout_file.empty()) {
      ::dup2(::open(settings.stdout_file.c_str(), O_WRONLY), STDOUT_FILENO);
    }
    if (!settings.folder.empty() && ::chdir(settings.folder.c_str()) != 0) ::_exit(126);
    if (settings.file_size_limit) {
      const rlimit limit{*settings.file_size_limit, *settings.file_size_limit};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      ::signal(SIGXFSZ, SIG_IGN);
    }
    ::execve(arguments[0], arguments.data(), environment.data());
    ::_exit(127);
  }
  if (!settings.terminal) {
    ::close(out[1]);
    ::close(err[1]);
    if (in[0] >= 0) ::close(in[0]);
    in_fd_ = in[1];
    out_fd_ = out[0];
    err_fd_ = err[0];
  }
}

ClientProcess::~ClientProcess() {
  if (!status_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  end_of_input();
  if (out_fd_ >= 0) ::close(out_fd_);
  if (err_fd_ >= 0) ::close(err_fd_);
}

bool ClientProcess::read_some(Clock::time_point deadline) {
  if (out_fd_ < 0 && err_fd_ < 0) return false;
  std::array<pollfd, 2> fds{{{out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}}};
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  if (left.count() <= 0 || ::poll(fds.data(), fds.size(), static_cast<int>(left.count())) <= 0) {
    return false;
  }
  const auto take = [](const pollfd& entry, int& fd, std::string& text) {
    if (entry.revents == 0) return;
    std::array<char, 4096> bytes{};
    const ssize_t got = ::read(fd, bytes.data(), bytes.size());
    if (got > 0) {
      text.append(bytes.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {  // a terminal whose program ended says EIO
      ::close(fd);
      fd = -1;
    }
  };
  take(fds[0], out_fd_, out_);
  take(fds[1], err_fd_, err_);
  return true;
}

bool ClientProcess::wait_for(const std::string& found) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const std::size_t at = err_.find(found, matched_);
    if (at != std::string::npos) {
      matched_ = at + found.size();
      return true;
    }
    if (!read_some(deadline)) return false;
  }
}

int ClientProcess::wait() {
  const auto deadline = Clock::now() + patience;
  while (read_some(deadline)) {
  }
  if (out_fd_ >= 0 || err_fd_ >= 0) return -1000;
  int status = 0;
  rusage usage{};
  ::wait4(pid_, &status, 0, &usage);
  peak_kb_ = usage.ru_maxrss;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return *status_;
}

void ClientProcess::signal(int number) const { ::kill(pid_, number); }

void ClientProcess::type(const std::string& text) const {
  [[maybe_unused]] const ssize_t written = ::write(err_fd_, text.data(), text.size());
}

void ClientProcess::feed(const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(in_fd_, text.data(), text.size());
}

void ClientProcess::end_of_input() {
  if (in_fd_ >= 0) ::close(in_fd_);
  in_fd_ = -1;
}

bool ClientProcess::wait_until_stopped() const {
  int status = 0;
  return ::waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status);
}

void ClientProcess::resize(int columns, int rows) const {
  winsize window{};
  window.ws_row = static_cast<unsigned short>(rows);
  window.ws_col = static_cast<unsigned short>(columns);
  ::ioctl(err_fd_, TIOCSWINSZ, &window);
}

}  // namespace transcribed::fakes
