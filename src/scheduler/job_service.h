// What the outside (HTTP) may ask of the scheduler. JobManager is the one that answers; tests of
// the HTTP floor bring their own. Everything on the loop thread; callbacks too, and never from
// inside the call.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "core/job.h"
#include "core/reason.h"
#include "core/transcript.h"
#include "ports/job_store.h"
#include "scheduler/event_bus.h"
#include "scheduler/resource_status.h"

namespace transcribed::scheduler {

struct Submission {
  core::JobId id;     // from new_id(); an upload lies under this name
  std::string model;  // empty: the default model
  std::string name;
  std::string owner;         // the name of the API key it came with; empty: none
  bool interactive = false;  // somebody waits for the answer
  core::Audio audio;
  std::string source_url;    // where the recording is to be fetched from, instead of `audio`
  std::string callback_url;  // whom to tell of the end; empty: nobody
  core::TranscribeOptions options;
  int priority = 0;            // higher goes first
  std::string content_sha256;  // of the recording, in hex; empty: not known
  // Where a job with the same content, model and options is queued, runs, or was completed not long
  // ago, that one is the answer, and no new one is made. Needs content_sha256.
  bool deduplicate = false;
};

enum class MoveTo { front, back };

// Why a request about a job was refused. `message` is a sentence for the user.
struct Refusal {
  enum class Why {
    unknown_model,  // `message` names the models there are
    model_missing,  // it is configured, but its file or its engine is not there
    no_default_model,
    draining,
    too_many_queued,  // of this owner
    not_found,
    wrong_state,  // the job has ended, or has not yet
    outdated,     // what is to be replaced has been changed since it was read
    disk_full,
    io_error,
  } why = Why::not_found;
  std::string message;
};

// A job as it is right now.
struct JobView {
  core::Job job;
  double progress = 0;                 // 0-1
  std::optional<core::Reason> reason;  // of a job that is queued, or running but not yet at work
  std::optional<double> eta_s = {};    // at its own pace; of one that is at work
  // Of the answer to a submission: the job was there already (Submission::deduplicate), and the
  // submission's recording is not needed.
  bool joined = false;
};

struct JobPage {
  std::vector<JobView> jobs;
  std::optional<core::JobId> next;  // ListQuery::before of the next page; nothing: there is none
};

// A job at one place among the events.
struct JobSnapshot {
  JobView view;
  std::vector<core::Segment> segments;  // heard so far; of a completed job, all
  std::uint64_t place = 0;              // what changes it comes after this event
};

// A model that can be named.
struct ModelView {
  std::string name;
  std::string engine;
  bool is_default = false;
  std::optional<std::string> unavailable;  // why a job of it would be refused now
};
struct ModelsView {
  std::vector<ModelView> models;  // by name; the default first where there is one
  std::string models_dir;         // where Whisper models are looked for; may be empty
};

struct Readiness {
  bool ready = false;
  std::string message;  // why not, or "ready"
};

template <typename T>
using Answer = std::function<void(tl::expected<T, Refusal>)>;

class JobService {
 public:
  virtual ~JobService() = default;

  virtual core::JobId new_id() = 0;
  // Answers once the job is on disk. A refusal leaves nothing behind but the caller's upload.
  virtual void submit(Submission submission, Answer<JobView> answer) = 0;
  // Says beforehand what submit() would refuse (unknown model, draining, too many of this owner's
  // jobs in line), so that an upload need not be received first. Nothing: it would be taken, or,
  // where it may join another job (`deduplicate`), it depends on the recording.
  virtual std::optional<Refusal> would_refuse(const std::string& model, const std::string& owner,
                                              bool deduplicate) const = 0;
  // Answers once the job has ended and its slot is free (or its process is known to be unkillable);
  // where that takes longer than 10 s, then, with the job as still running, "cancelling".
  virtual void cancel(core::JobId id, Answer<JobView> answer) = 0;
  virtual void retry(core::JobId id, Answer<JobView> answer) = 0;
  // Puts a queued job before all others (and gives it the highest priority among them), or behind
  // all others of its priority.
  virtual void move(core::JobId id, MoveTo where, Answer<JobView> answer) = 0;
  // Forgets an ended job; the answer is the job as it was, whose upload is deleted by then.
  virtual void remove(core::JobId id, Answer<JobView> answer) = 0;

  virtual void view(core::JobId id, Answer<JobView> answer) = 0;
  virtual void list(ports::ListQuery query, std::function<void(JobPage)> answer) = 0;
  // Of a completed job; of a running one, what was heard so far.
  virtual void transcript(core::JobId id, Answer<core::Transcript> answer) = 0;
  // What somebody made of a completed job's transcript takes its place, if that is still revision
  // `replaces` (nothing: whatever it is); the answer is the revision it has now.
  virtual void edit_transcript(core::JobId id, core::Transcript transcript,
                               std::optional<std::int64_t> replaces,
                               Answer<std::int64_t> answer) = 0;
  // What the engine heard is the transcript again.
  virtual void restore_transcript(core::JobId id, Answer<core::Transcript> answer) = 0;

  // For who has subscribed to events() and wants to go on from there.
  virtual void snapshot(core::JobId id, Answer<JobSnapshot> answer) = 0;
  // What happens to all jobs, and to the machine.
  virtual EventBus& events() = 0;

  virtual ResourceStatus status() = 0;
  virtual Readiness readiness() const = 0;
  virtual ModelsView models() const = 0;
};

}  // namespace transcribed::scheduler
