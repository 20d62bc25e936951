#include "client/uploader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "client/outage.h"

namespace transcribed::client {

using Kind = ApiProblem::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// How often a connection may break in the middle of one file before that file is given up: a proxy
// that cuts large uploads would otherwise be fed for ever.
constexpr int max_broken_sends = 5;
constexpr seconds longest_pause(30);

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

class Uploading {
 public:
  Uploading(Batch& batch, JobApi& api, const UploadSettings& settings, std::stop_token stop)
      : batch_(batch), api_(api), settings_(settings), stop_(std::move(stop)) {}

  UploadsEnd run() {
    while (const auto index = batch_.next_to_send(stop_)) {
      if (const auto end = upload(*index)) return *end;
    }
    return stop_.stop_requested() ? UploadsEnd::stopped : UploadsEnd::all_tried;
  }

 private:
  // Nothing: on to the next file. Each try leaves the file submitted, ended, or to be tried again.
  std::optional<UploadsEnd> upload(std::size_t index) {
    Backoff backoff;
    int broken = 0;
    for (;;) {
      if (stop_.stop_requested()) return UploadsEnd::stopped;
      const auto file = batch_.file(index);
      if (!file) return std::nullopt;  // the watcher gave all of them up
      const auto answer = submit(index, file->plan.input);
      if (!answer) return std::nullopt;  // the file itself is no good
      if (*answer) {
        batch_.trouble_over(outage_over_sentence);
        batch_.submitted(index, **answer);
        return std::nullopt;
      }
      const ApiProblem& problem = answer->error();
      switch (judge(problem, file->plan.input, broken)) {
        case Verdict::stopped:
          return UploadsEnd::stopped;
        case Verdict::again:
          tell(problem);
          pause(stop_, pause_after(problem, backoff));
          break;
        case Verdict::none_at_all:
          batch_.give_up_unsent(problem.sentence);
          return problem.kind == Kind::draining ? UploadsEnd::draining : UploadsEnd::refused;
        case Verdict::not_this_one:
          batch_.failed(index, said_of_file(problem, broken));
          return std::nullopt;
      }
    }
  }

  // Nothing when the file could not be read, which has ended it.
  std::optional<ApiResult<JobInfo>> submit(std::size_t index, const Input& input) {
    batch_.sending(index, 0);
    UploadFile file;
    file.job_name = input.name;
    if (input.kind == Input::Kind::url) {
      return api_.submit_url(settings_.options, input.url, input.name);
    }
    if (input.kind == Input::Kind::standard_input) {
      file.fd = STDIN_FILENO;
      file.name = "stdin";
      return api_.submit(settings_.options, file);
    }
    const OpenFile opened(input.path);
    struct stat info {};
    if (opened.fd() < 0 || ::fstat(opened.fd(), &info) != 0) {
      batch_.failed(index, fmt::format("the file could not be read: {}",
                                       std::generic_category().message(errno)));
      return std::nullopt;
    }
    if (!S_ISREG(info.st_mode) || info.st_size == 0) {
      batch_.failed(index, "the file is empty by now");
      return std::nullopt;
    }
    file.fd = opened.fd();
    const auto size = static_cast<std::uint64_t>(info.st_size);
    file.size = size;
    file.name = input.path.filename().string();
    file.on_sent = [&](std::uint64_t sent) {
      batch_.sending(index, static_cast<double>(sent) / static_cast<double>(size));
    };
    return api_.submit(settings_.options, file);
  }

  enum class Verdict { again, not_this_one, none_at_all, stopped };

  Verdict judge(const ApiProblem& problem, const Input& input, int& broken) const {
    const bool once_only = input.kind == Input::Kind::standard_input;
    const bool persist = settings_.patient && !once_only;
    const bool took_some = batch_.submitted_count() > 0;
    switch (problem.kind) {
      case Kind::aborted:
        return Verdict::stopped;
      case Kind::unreachable:
        return once_only ? Verdict::not_this_one : Verdict::again;
      case Kind::not_sent:
        return once_only || ++broken >= max_broken_sends ? Verdict::not_this_one : Verdict::again;
      case Kind::busy:
        return once_only ? Verdict::not_this_one : Verdict::again;
      case Kind::draining:
        if (!took_some && !persist) return Verdict::none_at_all;
        return once_only ? Verdict::not_this_one : Verdict::again;
      case Kind::no_room:
        return persist ? Verdict::again : Verdict::none_at_all;
      case Kind::refused_all:
        // What was never right will not become right; what was, may again.
        return persist && took_some ? Verdict::again : Verdict::none_at_all;
      case Kind::answer_lost:
        // Sending it once more might make two jobs of one file, unless the server joins them.
        if (!settings_.options.deduplicate || once_only) return Verdict::not_this_one;
        return ++broken >= max_broken_sends ? Verdict::not_this_one : Verdict::again;
      case Kind::server_error:
        return persist && ++broken < max_broken_sends ? Verdict::again : Verdict::not_this_one;
      case Kind::not_transcribed:
        return persist ? Verdict::again : Verdict::not_this_one;
      case Kind::not_found:
      case Kind::conflict:
      case Kind::refused:
      case Kind::file_changed:
        return Verdict::not_this_one;
    }
    return Verdict::not_this_one;
  }

  void tell(const ApiProblem& problem) {
    switch (problem.kind) {
      case Kind::unreachable:
      case Kind::not_sent:
      case Kind::answer_lost:
        batch_.trouble(outage_sentence);
        break;
      case Kind::draining:
        batch_.trouble(problem.sentence + "; trying again");
        break;
      default:
        batch_.held_up(problem.sentence + "; trying again");
    }
  }

  std::string said_of_file(const ApiProblem& problem, int broken) const {
    if (problem.kind == Kind::answer_lost && !settings_.options.deduplicate) {
      return fmt::format(
          "{}, after the file was sent: it may be queued all the same. Look with `transcribe "
          "jobs`; it was not sent again",
          problem.sentence);
    }
    if (broken > 0) return fmt::format("not sent after {} tries: {}", broken, problem.sentence);
    return problem.sentence;
  }

  static milliseconds pause_after(const ApiProblem& problem, Backoff& backoff) {
    switch (problem.kind) {
      case Kind::draining:
      case Kind::busy:
        return std::min<milliseconds>(problem.retry_after.value_or(seconds(2)), longest_pause);
      case Kind::no_room:
      case Kind::refused_all:
        return std::min<milliseconds>(problem.retry_after.value_or(longest_pause), longest_pause);
      default:
        return backoff.next();
    }
  }

  Batch& batch_;
  JobApi& api_;
  const UploadSettings& settings_;
  const std::stop_token stop_;
};

}  // namespace

UploadsEnd run_uploads(Batch& batch, JobApi& api, const UploadSettings& settings,
                       std::stop_token stop) {
  // A file that is out whole gets a moment for its answer, so that its id is known.
  const std::stop_callback abort(stop, [&] { api.abort(seconds(3)); });
  return Uploading(batch, api, settings, std::move(stop)).run();
}

}  // namespace transcribed::client
