#include "tests/integration/daemon_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "adapters/leftovers.h"

namespace transcribed::tests {
namespace {

namespace fs = std::filesystem;

// The environment of this process with another PATH, and nothing that would configure the daemon.
std::vector<std::string> environment_for(const DaemonSetup& setup) {
  std::vector<std::string> out;
  std::string path = setup.path_rest.value_or("");
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (text.starts_with("TRANSCRIBED_")) continue;
    if (!text.starts_with("PATH=")) {
      out.push_back(text);
    } else if (!setup.path_rest) {
      path = text.substr(5);
    }
  }
  if (!setup.path_front.empty()) path = setup.path_front.string() + ":" + path;
  out.push_back("PATH=" + path);
  return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

DaemonProcess::DaemonProcess(const DaemonSetup& setup) {
  std::array<int, 2> log{};
  if (::pipe2(log.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  std::vector<std::string> words = {TRANSCRIBED_DAEMON, "--listen", setup.listen, "--data-dir",
                                    setup.data_folder.string()};
  words.insert(words.end(), setup.flags.begin(), setup.flags.end());
  std::vector<std::string> environment = environment_for(setup);
  const std::vector<char*> argv = pointers_to(words);
  const std::vector<char*> envp = pointers_to(environment);
  const pid_t test = ::getpid();

  pid_ = ::fork();
  if (pid_ == 0) {
    // A test that is killed must not leave a daemon.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != test) ::_exit(127);
    ::dup2(log[1], STDERR_FILENO);
    if (setup.open_files_soft > 0) {
      const rlimit files{setup.open_files_soft, setup.open_files_hard};
      ::setrlimit(RLIMIT_NOFILE, &files);
    }
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(log[1]);
  log_ = log[0];
  ::fcntl(log_, F_SETFL, O_RDONLY | O_NONBLOCK);
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  process_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  reader_ = std::thread([this] { read_log(); });
}

DaemonProcess::~DaemonProcess() {
  kill();
  reader_.join();
  ::close(process_);
  ::close(log_);
}

void DaemonProcess::read_log() {
  for (bool more = true; more;) {
    pollfd written{log_, POLLIN, 0};
    ::poll(&written, 1, -1);
    const std::lock_guard lock(mutex_);
    more = take_what_is_written();
    changed_.notify_all();
  }
}

bool DaemonProcess::take_what_is_written() {
  std::array<char, 16384> block;
  while (!log_ended_) {
    const ssize_t got = ::read(log_, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    log_ended_ = got <= 0;
    if (got > 0) rest_.append(block.data(), static_cast<std::size_t>(got));
    for (std::size_t end; (end = rest_.find('\n')) != std::string::npos; rest_.erase(0, end + 1)) {
      lines_.push_back(rest_.substr(0, end));
    }
  }
  if (!rest_.empty()) lines_.push_back(std::exchange(rest_, {}));
  return false;
}

std::optional<std::string> DaemonProcess::find_line(const std::string& text, int times) const {
  for (const std::string& line : lines_) {
    if (line.find(text) != std::string::npos && --times == 0) return line;
  }
  return std::nullopt;
}

bool DaemonProcess::says(const std::string& text, int times) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] { return log_ended_ || find_line(text, times); });
  return find_line(text, times).has_value();
}

std::vector<std::string> DaemonProcess::lines() {
  // The reader may not have had its turn since something was written.
  const std::lock_guard lock(mutex_);
  take_what_is_written();
  return lines_;
}

std::vector<std::string> DaemonProcess::lines_with(const std::string& text) {
  std::vector<std::string> out = lines();
  std::erase_if(out, [&](const std::string& line) { return line.find(text) == std::string::npos; });
  return out;
}

std::string DaemonProcess::log() {
  std::string out;
  for (const std::string& line : lines()) out += line + "\n";
  return out;
}

std::uint16_t DaemonProcess::port() {
  if (port_ != 0) return port_;
  const std::string mark = "Listening on http://127.0.0.1:";
  if (!says(mark)) throw std::runtime_error("the daemon does not listen; its log:\n" + log());
  const std::string line = lines_with(mark).front();
  const char* digits = line.data() + line.find(mark) + mark.size();
  std::from_chars(digits, line.data() + line.size(), port_);
  if (port_ == 0) throw std::runtime_error("no port in: " + line);
  return port_;
}

void DaemonProcess::signal(int number) const {
  ::syscall(SYS_pidfd_send_signal, process_, number, nullptr, 0);
}

std::optional<int> DaemonProcess::wait(std::chrono::milliseconds limit) {
  if (status_) return status_;
  pollfd ended{process_, POLLIN, 0};
  if (::poll(&ended, 1, static_cast<int>(limit.count())) <= 0) return std::nullopt;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  // Its last lines may still be on their way through the pipe.
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [this] { return log_ended_; });
  return status_;
}

void DaemonProcess::kill() {
  signal(SIGKILL);
  wait();
}

std::vector<pid_t> processes_of(const fs::path& data_folder) {
  std::string id;
  std::ifstream(data_folder / "folder-id") >> id;
  std::vector<pid_t> out;
  if (id.empty()) return out;
  const std::string mark = std::string(adapters::data_folder_variable) + "=" + id;
  std::error_code error;
  for (fs::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (content_of(entry->path() / "environ").find(mark) != std::string::npos) {
      out.push_back(std::stoi(name));
    }
  }
  return out;
}

bool is_unlocked(const fs::path& data_folder) {
  const int file = ::open((data_folder / "lock").c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return errno == ENOENT;
  const bool free = ::flock(file, LOCK_EX | LOCK_NB) == 0;
  ::close(file);
  return free;
}

bool nothing_left_of(const fs::path& data_folder, std::chrono::milliseconds limit) {
  return eventually([&] { return is_unlocked(data_folder) && processes_of(data_folder).empty(); },
                    limit);
}

}  // namespace transcribed::tests
