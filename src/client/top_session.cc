#include "client/top_session.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include "client/batch_screen.h"
#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/full_screen.h"
#include "client/live_area.h"
#include "client/outage.h"

namespace transcribed::client {

namespace json = boost::json;

namespace {

constexpr int most_running = 200;
// A long queue is asked for now and then only: nobody reads all of it every second.
constexpr int most_waiting = 500;
constexpr int rounds_between_queues = 5;

core::WallTime wall_now() {
  return std::chrono::time_point_cast<core::Milliseconds>(std::chrono::system_clock::now());
}

ApiResult<std::vector<JobInfo>> fetch_jobs(JobApi& api, std::string_view state, int limit) {
  ApiResult<json::object> page =
      api.object(fmt::format("/api/jobs?state={}&limit={}", state, limit));
  if (!page) return tl::make_unexpected(std::move(page.error()));
  std::vector<JobInfo> jobs;
  const json::value* list = page->if_contains("jobs");
  if (list == nullptr || !list->is_array()) {
    return tl::make_unexpected(
        ApiProblem{ApiProblem::Kind::not_transcribed,
                   "the server's list of jobs is not one this version can read", std::nullopt});
  }
  for (const json::value& value : list->get_array()) {
    if (!value.is_object()) continue;
    if (auto job = read_job(value.get_object())) jobs.push_back(std::move(*job));
  }
  return jobs;
}

}  // namespace

TopSession::TopSession(ServerAddress server, std::string api_key, TopSettings settings)
    : settings_(settings),
      api_(std::move(server), std::move(api_key)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

TopSession::~TopSession() {
  fetching_.request_stop();
  if (fetching_.joinable()) fetching_.join();
  ::close(wake_fd_);
}

int TopSession::run() {
  TopPicture first;
  first.server = api_.address().shown;
  if (const auto problem = fetch(first)) return fail(*problem);
  if (settings_.once || !stdout_is_terminal()) return print_once(first);
  picture_ = std::move(first);
  fetching_ = std::jthread([this](const std::stop_token& stop) { keep_fetching(stop); });
  return show_live();
}

std::optional<ApiProblem> TopSession::fetch(TopPicture& picture) {
  ApiResult<json::object> resources = api_.object("/api/resources");
  if (!resources) return std::move(resources.error());
  auto machine = read_machine(*resources);
  if (!machine) {
    return ApiProblem{ApiProblem::Kind::not_transcribed,
                      "the server's resources are not such as this version can read", std::nullopt};
  }
  ApiResult<std::vector<JobInfo>> running = fetch_jobs(api_, "running", most_running);
  if (!running) return std::move(running.error());
  picture.machine = std::move(*machine);
  picture.running = std::move(*running);
  return fetch_waiting(picture);
}

std::optional<ApiProblem> TopSession::fetch_waiting(TopPicture& picture) {
  const long long pending = picture.machine.pending_jobs;
  const bool due = rounds_++ % rounds_between_queues == 0 || pending != pending_seen_;
  if (!due) return std::nullopt;
  pending_seen_ = pending;
  picture.waiting.clear();
  if (pending == 0) return std::nullopt;
  ApiResult<std::vector<JobInfo>> waiting = fetch_jobs(api_, "queued", most_waiting);
  if (!waiting) return std::move(waiting.error());
  picture.waiting = std::move(*waiting);
  sort_waiting(picture.waiting, picture.machine.next_job_id);
  return std::nullopt;
}

void TopSession::keep_fetching(const std::stop_token& stop) {
  const std::stop_callback abort(stop, [this] { api_.abort(); });
  TopPicture picture;
  {
    const std::lock_guard lock(mutex_);
    picture = picture_;
  }
  while (pause(stop, settings_.interval)) {
    const auto problem = fetch(picture);
    if (stop.stop_requested()) return;
    picture.trouble = problem ? problem->sentence : "";
    {
      const std::lock_guard lock(mutex_);
      picture_ = picture;
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(wake_fd_, &one, sizeof one);
  }
}

int TopSession::print_once(const TopPicture& picture) {
  const bool narrow = stdout_is_terminal();
  const TopSize size{narrow ? terminal_size(STDOUT_FILENO).columns - 1 : 0, 0};
  std::string out;
  for (const std::string& line : render_top(picture, wall_now(), size, terminal_takes_unicode())) {
    out += line + "\n";
  }
  return print_out(out) ? exit_success : exit_some_failed;
}

int TopSession::show_live() {
  FullScreen screen(STDOUT_FILENO, STDIN_FILENO);
  const bool unicode = terminal_takes_unicode();
  for (;;) {
    TopPicture picture;
    {
      const std::lock_guard lock(mutex_);
      picture = picture_;
    }
    const TerminalSize terminal = terminal_size(STDOUT_FILENO);
    const auto rows = static_cast<std::size_t>(std::max(1, terminal.rows - 1));
    auto lines =
        render_top(picture, wall_now(), {std::max(1, terminal.columns - 1), rows}, unicode);
    if (terminal.rows > 1) {
      lines.resize(rows);
      lines.emplace_back("q quits");
    }
    if (!screen.draw(lines)) return exit_some_failed;
    std::array<pollfd, 3> fds{
        {{signals_.fd(), POLLIN, 0}, {wake_fd_, POLLIN, 0}, {screen.key_fd(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t ignored = ::read(wake_fd_, &count, sizeof count);
    while (const auto number = signals_.take()) {
      if (*number != SIGWINCH) return exit_success;
    }
    while (const auto key = screen.take_key()) {
      if (*key == 'q' || *key == 'Q') return exit_success;
    }
  }
}

}  // namespace transcribed::client
