// The files of one call and where each stands: written by the uploader and the watcher, read by the
// thread that shows them. Files may be added until close(); those that ended are only counted, so
// that a batch may go on for months. Every member function may be called from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "client/job_info.h"
#include "client/output_plan.h"
#include "client/progress_view.h"
#include "client/work_meter.h"

namespace transcribed::client {

// Something that happened.
struct BatchEvent {
  enum class Kind {
    step,        // a file's state changed, and more will follow
    end,         // done
    problem,     // failed, cancelled
    notice,      // about the server or the folder, not about a file
    id,          // a job's id, as soon as it is known
    transcript,  // for standard output; `line` is the whole text, escaped, newlines kept
    facts_only,  // has no line
  } kind = Kind::step;
  std::string line;           // escaped, without a newline
  boost::json::object facts;  // the same for a program; empty for id and transcript
};

// One file from when it is added to its end.
struct BatchFile {
  PlannedFile plan;
  std::string name;  // escaped
};

// A result that was brought home: into a file, or as text for a program.
struct Delivery {
  Format format = Format::txt;
  std::filesystem::path path;
  std::string text;  // where there is no path
};

class Batch {
 public:
  Batch();
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // For programs: progress becomes an event, too. Before anything is added.
  void tell_in_full() { in_full_ = true; }

  // The index, counted from 0. `name`: escaped.
  std::size_t add(PlannedFile plan, std::string name);
  // Nothing more will be added.
  void close();
  std::size_t added() const;
  // Nothing once it has ended.
  std::shared_ptr<const BatchFile> file(std::size_t index) const;
  bool is_open(std::size_t index) const { return file(index) != nullptr; }

  // --- the uploader ---
  // The next file to send, waited for; nothing after a stop, or when all are sent and none will
  // be added.
  std::optional<std::size_t> next_to_send(const std::stop_token& stop);
  void sending(std::size_t index, double fraction);
  void submitted(std::size_t index, const JobInfo& job);
  void uploads_over();

  // --- the watcher ---
  struct Watched {
    std::size_t index;
    std::string id;
  };
  // Those to ask about now: all that run, the first that wait, and a few of the others in turn, so
  // that a thousand files do not mean a thousand requests.
  std::vector<Watched> to_ask();
  // True when the job's state is another than before.
  bool update(std::size_t index, const JobInfo& job);
  void collecting(std::size_t index, const JobInfo& job);
  // Waits for `limit`, a stop, or a submission when there was nothing to ask about. False: nothing
  // will come any more.
  bool wait_for_work(const std::stop_token& stop, std::chrono::milliseconds limit);
  // Its job is gone: it is to be sent once more. False when that was tried often enough.
  bool send_again(std::size_t index, const std::string& why);

  // --- ends, for both ---
  void done(std::size_t index, const std::vector<Delivery>& results);
  void failed(std::size_t index, const std::string& sentence);
  void cancelled(std::size_t index);
  // Nobody wants it any more; counts as nothing.
  void withdraw(std::size_t index, const std::string& why);
  // Everything that was not submitted.
  void give_up_unsent(const std::string& sentence);
  // Everything that has not ended.
  void give_up(const std::string& sentence);

  // A lasting trouble (shown until cleared) and its line; the same trouble again says nothing.
  void trouble(const std::string& sentence);
  void trouble_over(const std::string& sentence);
  // Likewise, of what keeps the uploads alone waiting; over with the next submission.
  void held_up(const std::string& sentence);
  void notice(const std::string& sentence);
  // A file that was never added: its results are there, or it cannot be taken (which counts as
  // failed).
  void skipped(const Input& input);
  void refused(const Input& input, const std::string& name, const std::string& sentence);
  void transcript(const std::string& text);

  // --- the one who shows ---
  // Readable when there are events, or the view changed.
  int wake_fd() const { return wake_fd_; }
  std::vector<BatchEvent> take_events();
  // Makes wake_fd() readable.
  void wake();
  ProgressView view(std::size_t max_rows);
  PhaseCounts counts() const;

  struct Unfinished {
    std::size_t index;
    std::string name;
    std::string id;  // "" when it was not submitted
    FilePhase phase;
  };
  std::vector<Unfinished> unfinished() const;
  std::size_t submitted_count() const;
  // Recording time by clock time, of all that was seen to run; nothing while that would be a guess.
  std::optional<double> rate() const;
  // The last event: how many ended how, and how fast.
  boost::json::object result() const;

 private:
  struct Standing {
    std::shared_ptr<const BatchFile> file;
    FilePhase phase = FilePhase::to_send;
    double fraction = 0;
    std::string id;
    std::string status;
    std::optional<int> gpu_id;
    int attempt = 0;
    int sent_again = 0;
    RunPace pace;
    std::optional<double> told_left;  // seconds, as the server says
    double told_progress = 0;         // of the last progress event
  };
  using Files = std::map<std::size_t, Standing>;

  Standing* find(std::size_t index);
  const Standing* find(std::size_t index) const;
  void add_event(BatchEvent event);
  void end(std::size_t index, FilePhase phase, BatchEvent event);
  void set_phase(Standing& standing, FilePhase phase);
  bool update_running(Standing& standing, const JobInfo& job);
  std::size_t give_up_those(const std::set<FilePhase>& phases, const std::string& sentence);
  std::string row_status(const Standing& standing) const;
  TotalView total() const;
  std::optional<double> total_rate() const;

  int wake_fd_ = -1;
  bool in_full_ = false;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Files files_;  // those that have not ended
  std::set<std::size_t> unsent_;
  PhaseCounts ended_;
  std::vector<BatchEvent> events_;
  std::string trouble_;
  std::string held_up_;
  std::size_t added_ = 0;
  std::size_t submitted_ = 0;
  std::size_t turn_ = 0;  // whose turn it is among those waiting further back
  bool closed_ = false;
  bool uploads_over_ = false;
  // For the pace of the whole.
  WorkClock clock_;
  std::size_t running_ = 0;
  double heard_seconds_ = 0;  // of recordings, in jobs that ended
  double ended_bytes_ = 0;
  double heard_bytes_ = 0;
};

}  // namespace transcribed::client
