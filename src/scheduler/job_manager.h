// The scheduler: every job from submission to its end. One loop over the head of the queue, woken
// by events (a submission, a release, a commit) and, while RAM is short, by an alarm. Implements
// what HTTP may ask. Loop thread only; no mutex.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/access.h"
#include "core/fair_share.h"
#include "core/line_waits.h"
#include "core/model.h"
#include "core/pace.h"
#include "core/retry_policy.h"
#include "ports/clock.h"
#include "ports/job_store.h"
#include "scheduler/cost_book.h"
#include "scheduler/engine_supervisor.h"
#include "scheduler/event_bus.h"
#include "scheduler/event_log.h"
#include "scheduler/job_observer.h"
#include "scheduler/job_queue.h"
#include "scheduler/job_service.h"
#include "scheduler/recording_fetches.h"
#include "scheduler/resource_manager.h"
#include "scheduler/vram_gauge.h"
#include "scheduler/vram_shortage.h"
#include "scheduler/webhook_sender.h"

namespace transcribed::scheduler {

struct JobManagerOptions {
  core::ModelCatalogue models;
  std::string default_model;  // empty: none
  // Where the daemon keeps Whisper models, for those who bring some; may be empty.
  std::string models_dir;
  // Why no job of the model could be run at the moment, with the way out; nothing when one could.
  // Asked at each submission, so that a model that was brought meanwhile serves at once. Must not
  // block. Empty: all can.
  std::function<std::optional<std::string>(const core::Model&)> why_unavailable;
  // How long ago a job may have been completed whose transcript answers the same submission again.
  std::chrono::hours same_for{24};
  // What an owner's API key allows. Must not block. Empty: no limits.
  std::function<core::KeyLimits(const std::string& owner)> limits_of;
  std::uint64_t id_seed = 0;  // scatters the ids' counter
  // How many jobs at the head have their next attempt on disk before a slot is free. Covers what 5
  // slots can end during one commit.
  std::size_t armed_ahead = 64;
  // Asks the driver what is taken of each GPU's memory, for a GPU that ran out of it. Empty: it
  // cannot be asked.
  VramGauge::Ask ask_vram = {};
  // What the driver says is taken of a GPU's memory, to be shown. Empty: nobody knows.
  std::function<std::optional<core::Megabytes>(int gpu_id)> vram_in_use = {};
  EventBusOptions events = {};
  // Told of the end of every job, beside its own callback_url.
  std::vector<std::string> webhooks = {};
  JobObserver* observer = nullptr;  // must outlive the manager; null: nobody counts
};

// The ways out of this machine. They outlive the manager.
struct Outgoing {
  RecordingFetches& fetches;
  WebhookSender& webhooks;
};

class JobManager final : public JobService {
 public:
  // All outlive the manager; `costs` holds what the store kept of them. `forget_upload` deletes a
  // file of the data folder; it must not block.
  JobManager(JobManagerOptions options, ports::JobStore& store, ResourceManager& resources,
             CostBook& costs, EngineSupervisor& engines, Outgoing outgoing, ports::Clock& clock,
             EventLog log, std::function<void(const std::string& path)> forget_upload);

  // Leases that end with it start nothing any more.
  ~JobManager() override;

  // Rescues what the last daemon left running and starts scheduling. Once.
  void start(ports::StoreSummary summary);

  // Takes nothing new and starts nothing; what runs may finish until `limit`, then it is stopped
  // and queued again. `done` once nothing runs and every end is on disk.
  void drain(std::chrono::milliseconds limit, std::function<void()> done);
  // Stops what runs at once. After drain().
  void stop_now();

  core::JobId new_id() override;
  void submit(Submission submission, Answer<JobView> answer) override;
  std::optional<Refusal> would_refuse(const std::string& model, const std::string& owner,
                                      bool deduplicate) const override;
  void cancel(core::JobId id, Answer<JobView> answer) override;
  void retry(core::JobId id, Answer<JobView> answer) override;
  void move(core::JobId id, MoveTo where, Answer<JobView> answer) override;
  void remove(core::JobId id, Answer<JobView> answer) override;
  void view(core::JobId id, Answer<JobView> answer) override;
  void list(ports::ListQuery query, std::function<void(JobPage)> answer) override;
  void transcript(core::JobId id, Answer<core::Transcript> answer) override;
  void snapshot(core::JobId id, Answer<JobSnapshot> answer) override;
  EventBus& events() override { return events_; }
  void edit_transcript(core::JobId id, core::Transcript transcript,
                       std::optional<std::int64_t> replaces, Answer<std::int64_t> answer) override;
  void restore_transcript(core::JobId id, Answer<core::Transcript> answer) override;
  ResourceStatus status() override;
  Readiness readiness() const override;
  ModelsView models() const override;

 private:
  // A job that holds a slot.
  struct Running {
    core::Job job;
    SlotLease lease;
    ports::AttemptStart begun;
    double progress = 0;
    double done_s = 0;
    double total_s = 0;
    core::Pace pace;
    double heard_s = 0;    // as counted in audio_heard_s_
    bool at_work = false;  // the engine has been told
    core::SteadyTime work_began{};
    bool told = false;  // its start is among the events
    core::SteadyTime progress_told_at{};
    std::unique_ptr<ports::Alarm> progress_due;  // progress that is still to be told
    core::Transcript heard;
    bool cancel_asked = false;
    std::vector<Answer<JobView>> cancel_answers;
    std::unique_ptr<ports::Alarm> cancel_is_slow;
  };
  // A job whose attempt is over, but not yet on disk: shown as running until it is.
  struct Settling {
    core::Job job;  // as it will be
    ports::AttemptStart begun;
    ports::JobEnd end;     // when it ends
    bool requeue = false;  // or goes back to the queue
    bool segments_told = false;
    bool trouble_told = false;  // that the disk keeps it waiting
    std::vector<Answer<JobView>> cancel_answers;
    std::unique_ptr<ports::Alarm> again;
  };

  // --- scheduling (job_manager.cc) ---
  void scheduler_loop();
  bool schedule_head();  // true: something started or stepped aside, look at the next head
  void run_job(core::Job job, const core::Model& model, SlotLease lease, bool alone,
               const Waited& waited);
  void arm_ahead();
  void armed(core::JobId id, ports::WriteResult result);
  void count_heard(Running& running, double done_s);
  void job_ended(core::JobId id, EngineOutcome outcome);
  void settle(core::JobId id, Settling settling);
  void write_settling(core::JobId id);
  void settled(core::JobId id, ports::WriteResult result);
  void rescue(core::Job job);
  void check_drained();
  core::JobDemand demand_of(const core::Job& job, const core::Model& model) const;

  // --- getting into line, and waiting (job_waits.cc) ---
  void read_on();
  void enqueue(core::Job job, JobQueue::Arming arming);
  void head_waits(std::optional<core::Reason> reason);
  Waited waited(const core::InLine& in_line) const;

  // --- what an owner's key allows (job_owners.cc) ---
  core::KeyLimits limits_of(const std::string& owner) const;
  void count_queued(const std::string& owner, int change);
  void count_running(const std::string& owner, int change);
  // Jobs at the head whose owner runs as many as it may are passed by until one of them ends.
  void hold_back();
  std::optional<Refusal> too_many_queued(const std::string& owner) const;
  core::Reason reason_held(const core::Job& job) const;

  // --- what jobs take, and what running out of memory teaches (job_costs.cc) ---
  void on_ready(const core::Model& model, int gpu_id, const wire::Ready& ready);
  // Says in the failure what was on the GPU, and raises what the model is taken to cost.
  void learn_out_of_memory(const core::Job& job, const SlotLease& lease, EngineOutcome& outcome);
  // Where nothing else of ours was on the GPU of a job that ran out of memory there.
  void suspect_other_programs(const core::Job& job, const SlotLease& lease);
  void keep(const core::CostRecord& record);
  // Jobs that stepped aside and that a GPU could hold now are read from the store again.
  void bring_back_aside();
  // An armed job steps aside: only what is not armed is read from the store.
  void disarm_aside(const core::Job& job);
  std::vector<int> gpus_able_to_run(const core::Job& job) const;
  core::JobDemand plain_demand(const core::Model& model) const;
  const core::Model* model_of(const core::Job& job) const;
  std::optional<std::string> why_unavailable(const core::Model& model) const;
  std::string known_models() const;  // "medium, small"

  // --- recordings that are fetched, and who is told of ends (job_outgoing.cc) ---
  void fetch(const core::Job& job);
  void fetch_ended(core::JobId id, tl::expected<RecordingFetches::Fetched, core::Failure> how);
  void fetch_succeeded(const core::Job& job, const RecordingFetches::Fetched& fetched);
  void fetch_failed(core::Job job, const core::Failure& failure);
  // The disk did not take what came of it; the same is tried again in a moment.
  void end_fetch_again(core::JobId id,
                       const tl::expected<RecordingFetches::Fetched, core::Failure>& how);
  // Into memory, where it is queued on disk and not here yet.
  void queue_from_store(core::JobId id, std::function<void()> then = {});
  void tell_fetching(core::JobId id);
  bool tells_anybody(const core::Job& job) const;
  // `ended`: as it will be shown.
  std::vector<ports::Webhook> webhooks_of(const core::Job& ended) const;

  // --- events (job_events.cc) ---
  // Each does nothing while nobody follows.
  void tell(const JobView& view);
  void tell_in_memory(core::JobId id);
  void tell_queued(const core::Job& job);        // in the window or beyond it
  Answer<JobView> told(Answer<JobView> answer);  // tells what is answered, first
  // Looks at the queue, which this job has entered, and tells of it with the reason it waits for.
  void schedule_and_tell(const core::Job& job);
  void tell_before_start(const core::Job& job);
  void tell_started(core::JobId id);
  void tell_progress(core::JobId id);  // now, or when its time has come
  void tell_segment(core::JobId id, const core::Segment& segment);
  void tell_end(const Settling& settling);
  static core::Job ended_job(const Settling& settling);
  void tell_removed(core::JobId id);
  void tell_resources();
  std::optional<JobSnapshot> snapshot_in_memory(core::JobId id) const;

  // --- questions and requests (job_requests.cc) ---
  // The job as it is in memory, if it is.
  std::optional<JobView> view_in_memory(core::JobId id) const;
  JobView view_stored(core::Job job) const;
  static tl::unexpected<Refusal> no_such_job(core::JobId id);
  std::optional<core::Reason> why_aside(const core::Job& job) const;
  core::Reason reason_in_line(std::size_t ahead) const;
  void insert(core::Job job, Answer<JobView> answer);
  void entered(core::Job job, bool armed, Answer<JobView> answer);
  void cancel_queued(core::Job job, std::optional<JobQueue::Entry> entry, Answer<JobView> answer);
  // Answers with a job that does the same, or goes on to insert(). See job_joining.cc.
  void join_or_insert(core::Job job, Answer<JobView> answer);
  void join(const core::Job& found, core::Job job, Answer<JobView> answer);
  void insert_within_limits(core::Job job, Answer<JobView> answer);
  bool will_have_transcript(const core::Job& found) const;
  void moved(core::JobId id, core::QueueKey place, Answer<JobView> answer);
  // Says that it goes on, to those who wait for the end of a running job that they cancelled.
  void answer_slow_cancel(core::JobId id);
  void tell_why_not_changed(core::JobId id, ports::WriteResult result,
                            std::function<void(Refusal)> tell);
  void refuse_for_state(core::JobId id, std::string wanted, Answer<JobView> answer);
  template <typename T>
  void answer_later(Answer<T> answer, tl::expected<T, Refusal> what) {
    const std::uint64_t key = next_soon_++;
    soon_[key] = clock_.wake_at(
        clock_.now(), [this, key, answer = std::move(answer), what = std::move(what)]() mutable {
          const auto alarm = std::move(soon_.at(key));
          soon_.erase(key);
          answer(std::move(what));
        });
  }

  JobManagerOptions options_;
  JobObserver no_observer_;
  JobObserver& observer_;
  ports::JobStore& store_;
  ResourceManager& resources_;
  CostBook& costs_;
  EngineSupervisor& engines_;
  Outgoing outgoing_;
  ports::Clock& clock_;
  EventLog log_;
  std::function<void(const std::string&)> forget_upload_;
  std::optional<core::JobIdSequence> ids_;
  core::FairShare places_;

  VramShortage shortage_;
  EventBus events_;
  std::optional<core::JobId> untold_;  // has entered the queue, which nobody has been told yet
  std::string told_resources_;
  std::unique_ptr<ports::Alarm> resources_due_;

  JobQueue queue_;
  std::int64_t queued_ = 0;
  // Of the owners that have any; jobs without an owner are not counted here.
  std::map<std::string, int> queued_of_, running_of_;
  // Of jobs whose recording is here, or will not be, which the disk has not taken yet.
  std::unordered_map<core::JobId, std::unique_ptr<ports::Alarm>> end_fetch_again_;
  std::set<core::JobId> being_cancelled_;  // in line; the disk has not said so yet
  // Submissions that wait for one with the same fingerprint, which is being looked up or written.
  std::map<std::string, std::vector<std::function<void()>>> joining_;
  std::unordered_map<core::JobId, Running> running_;
  std::unordered_map<core::JobId, Settling> settling_;
  std::unordered_map<core::JobId, SlotLease> quarantined_;
  std::optional<core::Reason> head_reason_;
  core::LineWaits line_waits_;
  double audio_heard_s_ = 0;               // see ResourceStatus
  std::set<std::string> announced_aside_;  // models whose stepping aside was logged
  bool in_loop_ = false;
  bool loop_again_ = false;
  bool storage_failing_ = false;
  std::unique_ptr<ports::Alarm> look_again_;
  std::unique_ptr<ports::Alarm> arm_again_;

  bool started_ = false;
  bool draining_ = false;
  std::function<void()> drained_;
  std::unique_ptr<ports::Alarm> drain_limit_;
  std::unordered_map<std::uint64_t, std::unique_ptr<ports::Alarm>> soon_;  // answers on their way
  std::uint64_t next_soon_ = 0;
};

}  // namespace transcribed::scheduler
