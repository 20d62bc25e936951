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

namespace {

// How often a connection may break in the middle of one file before that file is given up: a proxy
// that cuts large uploads would otherwise be fed for ever.
constexpr int max_broken_sends = 5;

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

}  // namespace

UploadsEnd run_uploads(Batch& batch, JobApi& api, const std::vector<PlannedFile>& files,
                       const SubmitOptions& options, std::stop_token stop) {
  // A file that is out whole gets a moment for its answer, so that its id is known.
  const std::stop_callback abort(stop, [&] { api.abort(std::chrono::seconds(3)); });
  for (std::size_t i = 0; i < files.size(); ++i) {
    Backoff backoff;
    int broken = 0;
    for (bool settled = false; !settled;) {
      if (stop.stop_requested()) return UploadsEnd::stopped;
      if (has_ended(batch.phase(i))) break;  // the watcher gave all of them up
      const OpenFile input(files[i].input);
      struct stat info {};
      if (input.fd() < 0 || ::fstat(input.fd(), &info) != 0) {
        batch.failed(i, fmt::format("the file could not be read: {}",
                                    std::generic_category().message(errno)));
        break;
      }
      if (!S_ISREG(info.st_mode) || info.st_size == 0) {
        batch.failed(i, "the file is empty by now");
        break;
      }
      UploadFile file;
      file.fd = input.fd();
      file.size = static_cast<std::uint64_t>(info.st_size);
      file.name = files[i].input.filename().string();
      file.on_sent = [&](std::uint64_t sent) {
        batch.sending(i, static_cast<double>(sent) / static_cast<double>(file.size));
      };
      batch.sending(i, 0);
      const ApiResult<JobInfo> job = api.submit(options, file);
      if (job) {
        batch.trouble_over(outage_over_sentence);
        batch.submitted(i, *job);
        break;
      }
      const ApiProblem& problem = job.error();
      switch (problem.kind) {
        case Kind::aborted:
          return UploadsEnd::stopped;
        case Kind::not_sent:
          if (++broken >= max_broken_sends) {
            batch.failed(i, fmt::format("not sent after {} tries: {}", broken, problem.sentence));
            settled = true;
            break;
          }
          [[fallthrough]];
        case Kind::unreachable:
          batch.trouble(outage_sentence);
          pause(stop, backoff.next());
          break;
        case Kind::draining:
          if (batch.submitted_count() == 0) {
            batch.give_up_unsent(0, problem.sentence);
            return UploadsEnd::draining;
          }
          batch.trouble(problem.sentence + "; trying again");
          pause(stop, std::min<std::chrono::milliseconds>(
                          problem.retry_after.value_or(std::chrono::seconds(2)),
                          std::chrono::seconds(30)));
          break;
        case Kind::refused_all:
          batch.give_up_unsent(i, problem.sentence);
          return UploadsEnd::refused;
        case Kind::answer_lost:
          // Sending it once more might make two jobs of one file.
          batch.failed(i, fmt::format("{}, after the file was sent: it may be queued all the same. "
                                      "Look with `transcribe jobs`; it was not sent again",
                                      problem.sentence));
          settled = true;
          break;
        case Kind::server_error:
        case Kind::not_transcribed:
        case Kind::not_found:
        case Kind::conflict:
        case Kind::refused:
        case Kind::file_changed:
          batch.failed(i, problem.sentence);
          settled = true;
          break;
      }
    }
  }
  return UploadsEnd::all_tried;
}

}  // namespace transcribed::client
