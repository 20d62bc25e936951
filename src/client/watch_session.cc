#include "client/watch_session.h"

#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/recordings.h"
#include "client/terminal_text.h"

namespace transcribed::client {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Kind = FolderEvent::Kind;

namespace {

struct Seen {
  FileVersion version;
  std::chrono::nanoseconds age{0};
  bool is_link = false;  // by one name or another, it was there before this name was
};

// Nothing for what is no regular file (any more).
std::optional<Seen> look(const fs::path& path) {
  struct stat link {};
  struct stat file {};
  if (::lstat(path.c_str(), &link) != 0 || ::stat(path.c_str(), &file) != 0 ||
      !S_ISREG(file.st_mode)) {
    return std::nullopt;
  }
  const std::chrono::nanoseconds modified =
      std::chrono::seconds(file.st_mtim.tv_sec) + std::chrono::nanoseconds(file.st_mtim.tv_nsec);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  Seen seen;
  seen.version = {static_cast<std::uint64_t>(file.st_size), modified.count()};
  seen.age = now - modified;
  seen.is_link = S_ISLNK(link.st_mode) || file.st_nlink > 1;
  return seen;
}

ScreenSettings screen_settings(const WatchSettings& settings) {
  ScreenSettings screen;
  screen.quiet = settings.submit.quiet;
  screen.as_json = settings.submit.as_json;
  screen.caption = fmt::format("{}: ", escape_controls(settings.folder.string()));
  return screen;
}

}  // namespace

WatchSession::WatchSession(ServerAddress server, std::string api_key, WatchSettings settings)
    : server_(std::move(server)),
      api_key_(std::move(api_key)),
      settings_(std::move(settings)),
      screen_(batch_, screen_settings(settings_)),
      workers_(batch_, server_, api_key_),
      list_(settings_.settle) {
  if (settings_.submit.as_json) batch_.tell_in_full();
}

int WatchSession::run() {
  if (const auto status = prepare()) return *status;
  UploadSettings uploads;
  uploads.options = settings_.submit.options;
  uploads.patient = true;
  WatchOptions watch;
  watch.smooth = screen_.is_live() || settings_.submit.as_json;
  watch.patient = true;
  watch.style = settings_.submit.style;
  workers_.start(std::move(uploads), std::move(watch));
  batch_.notice(fmt::format("watching {}{}; Ctrl-C ends this",
                            escape_controls(settings_.folder.string()),
                            settings_.recursive ? " and what is below" : ""));
  look_through(settings_.folder);
  last_poll_ = Clock::now();
  return wait_for_end();
}

std::optional<int> WatchSession::prepare() {
  std::error_code ec;
  if (!fs::is_directory(settings_.folder, ec)) {
    complain(fmt::format("{}: is no folder to watch", escape_controls(settings_.folder.string())));
    return exit_usage;
  }
  auto watch = FolderWatch::open(settings_.folder, settings_.recursive);
  if (!watch) {
    complain(watch.error());
    return exit_usage;
  }
  watch_.emplace(std::move(*watch));
  const fs::path& folder = settings_.submit.folder_to_make;
  if (!folder.empty() && (fs::create_directories(folder, ec), ec)) {
    complain(fmt::format("cannot make {}: {}", escape_controls(folder.string()), ec.message()));
    return exit_usage;
  }
  const auto greeted = workers_.greet();
  if (greeted) return std::nullopt;
  switch (greeted.error().kind) {
    case ApiProblem::Kind::refused_all:
      complain(greeted.error().sentence);
      return exit_usage;
    case ApiProblem::Kind::not_transcribed:
      complain(greeted.error().sentence);
      return exit_unreachable;
    default:
      batch_.trouble(greeted.error().sentence + "; waiting for it");
      return std::nullopt;
  }
}

int WatchSession::wait_for_end() {
  for (;;) {
    const bool done = workers_.are_done();
    look_again_where_due();
    take_complete_ones();
    screen_.show_events();
    // Only a server that refused the very first recording ends them while this goes on.
    if (done) {
      screen_.put_away_bars();
      return exit_usage;
    }
    if (workers_.are_done()) continue;
    screen_.draw();
    std::array<pollfd, 3> fds{{{signals_.fd(), POLLIN, 0},
                               {watch_->fd(), POLLIN, 0},
                               {screen_.is_resting() ? -1 : batch_.wake_fd(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), poll_limit_ms()) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (const auto status = on_signals()) return leave(*status);
    if (fds[1].revents != 0) {
      if (const auto status = on_folder_events()) return leave(*status);
    }
  }
}

std::optional<int> WatchSession::on_signals() {
  while (const auto number = signals_.take()) {
    if (*number != SIGWINCH) return exit_success;  // the way this is meant to end
    screen_.redraw_soon();
  }
  return std::nullopt;
}

std::optional<int> WatchSession::on_folder_events() {
  for (const FolderEvent& event : watch_->take()) {
    switch (event.kind) {
      case Kind::lost:
        batch_.notice(fmt::format("{} is gone", escape_controls(settings_.folder.string())));
        return exit_some_failed;
      case Kind::overflow:
        batch_.notice("more happened at once than the kernel could tell; looking through it all");
        list_.doubt(Clock::now());
        watch_->watch_anew();
        look_through(settings_.folder);
        break;
      case Kind::unknown:
        look_through(event.path);
        break;
      case Kind::gone:
        list_.gone(event.path);
        break;
      case Kind::created:
        if (!is_recording_name(event.path)) break;
        // A link has no writer that will close it.
        if (const auto seen = look(event.path); seen && seen->is_link) {
          list_.found(event.path, seen->version, seen->age, Clock::now());
        } else {
          list_.being_written(event.path);
        }
        break;
      case Kind::complete:
        if (!is_recording_name(event.path)) break;
        if (const auto seen = look(event.path)) list_.complete(event.path, seen->version);
        break;
    }
  }
  for (const std::string& problem : watch_->take_problems()) batch_.notice(problem);
  return std::nullopt;
}

void WatchSession::look_through(const fs::path& folder) {
  WalkVisitor visitor;
  visitor.on_recording = [this](const fs::path& file) { look_at(file); };
  visitor.on_problem = [this](const std::string& sentence) { batch_.notice(sentence); };
  walk_recordings(folder, settings_.recursive, visitor);
}

void WatchSession::look_at(const fs::path& file) {
  if (const auto seen = look(file)) {
    list_.found(file, seen->version, seen->age, Clock::now());
  } else {
    list_.gone(file);
  }
}

void WatchSession::look_again_where_due() {
  const auto now = Clock::now();
  for (const fs::path& path : list_.to_look_at(now)) look_at(path);
  if (settings_.poll.count() > 0 && now - last_poll_ >= settings_.poll) {
    last_poll_ = now;
    look_through(settings_.folder);
  }
}

void WatchSession::take_complete_ones() {
  while (const auto path = list_.next()) take(*path);
}

void WatchSession::take(const fs::path& path) {
  const auto seen = look(path);
  if (!seen || seen->version.bytes == 0) return;  // whoever fills it will be seen
  Input input = file_input(path);
  input.subfolder = path.parent_path().lexically_relative(settings_.folder);
  if (input.subfolder == ".") input.subfolder.clear();
  const std::string name = escape_controls((input.subfolder / path.filename()).string());
  std::vector<PlannedOutput> outputs = outputs_of(input, settings_.plan);
  if (is_contested(input, name, outputs)) return;
  const auto before = taken_.find(path);
  if (before != taken_.end()) batch_.withdraw(before->second, "changed; sent again");
  std::erase_if(outputs, [](const PlannedOutput& output) {
    std::error_code ec;
    return fs::exists(fs::symlink_status(output.path, ec));
  });
  if (outputs.empty()) {
    if (before != taken_.end()) {
      batch_.notice(fmt::format(
          "{}: changed after it was transcribed; the result is left as it is (to have it anew, "
          "remove that and touch the recording)",
          name));
      return;
    }
    ++skipped_;
    batch_.skipped(input);
    return;
  }
  for (const PlannedOutput& output : outputs) result_of_[output.path] = path;
  taken_[path] = batch_.add({std::move(input), seen->version.bytes, std::move(outputs)}, name);
}

bool WatchSession::is_contested(const Input& input, const std::string& name,
                                const std::vector<PlannedOutput>& outputs) {
  for (const PlannedOutput& output : outputs) {
    const auto found = result_of_.find(output.path);
    std::error_code ec;
    // One whose recording is gone was renamed, perhaps.
    if (found == result_of_.end() || found->second == input.path ||
        !fs::exists(found->second, ec)) {
      continue;
    }
    batch_.refused(input, name,
                   fmt::format("{} is the result of {} (--keep-extension keeps them apart)",
                               escape_controls(output.path.string()),
                               escape_controls(found->second.string())));
    return true;
  }
  return false;
}

int WatchSession::poll_limit_ms() const {
  std::optional<milliseconds> limit;
  const auto at_most = [&](milliseconds time) {
    limit = std::min(limit.value_or(time), std::max(time, milliseconds(0)));
  };
  const auto now = Clock::now();
  const auto until = [&](Clock::time_point time) {
    return std::chrono::ceil<milliseconds>(time - now);
  };
  if (const int screen = screen_.poll_limit_ms(); screen >= 0) at_most(milliseconds(screen));
  if (const auto next = list_.next_look()) at_most(until(*next));
  if (settings_.poll.count() > 0) at_most(until(last_poll_ + settings_.poll));
  return limit ? static_cast<int>(std::min<std::int64_t>(limit->count(), 3'600'000)) : -1;
}

int WatchSession::leave(int status) {
  screen_.show_events();
  screen_.put_away_bars();
  signals_.restore();  // whoever is impatient now may just end the program
  workers_.stop();
  screen_.show_events();
  const bool cancel = settings_.submit.cancel_on_interrupt;
  if (!batch_.unfinished().empty()) leave_jobs(server_, api_key_, batch_, screen_, cancel);
  if (settings_.submit.as_json) {
    boost::json::object result = batch_.result();
    result["skipped"] = skipped_;
    screen_.print_fact(result);
  } else if (!settings_.submit.quiet) {
    const std::string counts = summarize(batch_.counts());
    screen_.say(counts.empty() ? "nothing came" : counts);
  }
  screen_.put_away_bars();
  return status;
}

}  // namespace transcribed::client
