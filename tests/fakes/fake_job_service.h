// A JobService in memory, for tests of the HTTP floor. Answers are posted, as the real one's are.
// Loop thread, but for construction.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/loop_poster.h"
#include "scheduler/job_service.h"

namespace transcribed::fakes {

class FakeJobService final : public scheduler::JobService {
 public:
  using Refusal = scheduler::Refusal;
  using JobView = scheduler::JobView;

  explicit FakeJobService(ports::LoopPoster post) : post_(post), clock_(std::move(post)) {}

  // --- what tests set ---
  std::vector<std::string> known_models{"medium", "small"};
  bool has_default = true;
  bool draining = false;
  std::optional<Refusal> refuse_submit;
  scheduler::ResourceStatus resources;
  scheduler::Readiness ready{true, "ready"};
  std::map<core::JobId, core::Transcript> transcripts;
  bool hold_submits = false;                                 // until release_submits()
  scheduler::EventBusOptions event_options{.boot = "boot"};  // until the first use of events()
  std::function<void()> on_status;

  // --- what tests look at ---
  std::vector<scheduler::Submission> submissions;
  std::vector<std::pair<core::JobId, scheduler::MoveTo>> moves;
  std::string full_owner;
  std::optional<core::JobId> joins;  // the job that answers every submission

  core::Job& job(core::JobId id) { return jobs_.at(id).job; }

  core::JobId add(core::JobState state, std::string name = "talk.mp3") {
    JobView view;
    view.job.id = new_id();
    view.job.state = state;
    view.job.name = std::move(name);
    view.job.model = "medium";
    const auto id = view.job.id;
    jobs_[id] = std::move(view);
    return id;
  }

  void release_submits() {
    hold_submits = false;
    for (auto& call : held_) post_(std::move(call));
    held_.clear();
  }

  // --- JobService ---
  core::JobId new_id() override { return core::JobId{++last_id_}; }

  void submit(scheduler::Submission submission, scheduler::Answer<JobView> answer) override {
    submissions.push_back(submission);
    auto refusal = refuse_submit
                       ? refuse_submit
                       : would_refuse(submission.model, submission.owner, submission.deduplicate);
    auto call = [this, submission = std::move(submission), answer = std::move(answer),
                 refusal = std::move(refusal)] {
      if (refusal) {
        answer(tl::make_unexpected(*refusal));
        return;
      }
      if (joins) {
        JobView view = jobs_[*joins];
        view.joined = true;
        answer(view);
        return;
      }
      JobView view;
      view.job.id = submission.id;
      view.job.model = submission.model.empty() ? known_models.front() : submission.model;
      view.job.name = submission.name;
      view.job.audio = submission.audio;
      view.job.options = submission.options;
      view.job.queue.priority = submission.priority;
      jobs_[submission.id] = view;
      answer(view);
    };
    if (hold_submits) {
      held_.emplace_back(std::move(call));
    } else {
      post_(std::move(call));
    }
  }

  std::optional<Refusal> would_refuse(const std::string& model, const std::string& owner,
                                      bool deduplicate) const override {
    if (!owner.empty() && owner == full_owner && !deduplicate) {
      return Refusal{Refusal::Why::too_many_queued, "The key has enough jobs in line."};
    }
    if (draining) return Refusal{Refusal::Why::draining, "The daemon is stopping."};
    if (model.empty()) {
      if (has_default) return std::nullopt;
      return Refusal{Refusal::Why::no_default_model, "There is no default model; name one."};
    }
    for (const auto& known : known_models) {
      if (known == model) return std::nullopt;
    }
    return Refusal{Refusal::Why::unknown_model, "There is no model \"" + model + "\"."};
  }

  void cancel(core::JobId id, scheduler::Answer<JobView> answer) override {
    change(id, std::move(answer), [](core::Job& job) {
      if (core::has_ended(job.state)) return false;
      job.state = core::JobState::cancelled;
      return true;
    });
  }

  void retry(core::JobId id, scheduler::Answer<JobView> answer) override {
    change(id, std::move(answer), [](core::Job& job) {
      if (job.state != core::JobState::failed && job.state != core::JobState::cancelled) {
        return false;
      }
      job.state = core::JobState::queued;
      return true;
    });
  }

  void move(core::JobId id, scheduler::MoveTo where, scheduler::Answer<JobView> answer) override {
    moves.emplace_back(id, where);
    change(id, std::move(answer),
           [](core::Job& job) { return job.state == core::JobState::queued; });
  }

  void remove(core::JobId id, scheduler::Answer<JobView> answer) override {
    change(
        id,
        [this, id, answer = std::move(answer)](tl::expected<JobView, Refusal> view) {
          if (view) {
            std::error_code ignored;
            if (view->job.audio.owned) std::filesystem::remove(view->job.audio.path, ignored);
            jobs_.erase(id);
          }
          answer(std::move(view));
        },
        [](core::Job& job) { return core::has_ended(job.state); });
  }

  void view(core::JobId id, scheduler::Answer<JobView> answer) override {
    change(id, std::move(answer), [](core::Job&) { return true; });
  }

  void list(ports::ListQuery query, std::function<void(scheduler::JobPage)> answer) override {
    scheduler::JobPage page;
    for (auto it = jobs_.rbegin(); it != jobs_.rend(); ++it) {
      if (query.before && !(it->first < *query.before)) continue;
      if (query.state && it->second.job.state != *query.state) continue;
      if (query.model && it->second.job.model != *query.model) continue;
      if (it->second.job.name.find(query.search) == std::string::npos) continue;
      if (static_cast<int>(page.jobs.size()) == query.limit) {
        page.next = page.jobs.back().job.id;
        break;
      }
      page.jobs.push_back(it->second);
    }
    post_([page = std::move(page), answer = std::move(answer)] { answer(page); });
  }

  void transcript(core::JobId id, scheduler::Answer<core::Transcript> answer) override {
    post_([this, id, answer = std::move(answer)] { answer(transcripts[id]); });
  }

  void snapshot(core::JobId id, scheduler::Answer<scheduler::JobSnapshot> answer) override {
    tl::expected<scheduler::JobSnapshot, Refusal> result = tl::make_unexpected(
        Refusal{Refusal::Why::not_found, "There is no job " + id.to_string() + "."});
    if (const auto found = jobs_.find(id); found != jobs_.end()) {
      result = scheduler::JobSnapshot{found->second, transcripts[id].segments, events().latest()};
    }
    post_([result = std::move(result), answer = std::move(answer)] { answer(result); });
  }
  scheduler::EventBus& events() override {
    if (!events_) events_.emplace(clock_, event_options);
    return *events_;
  }
  void edit_transcript(core::JobId id, core::Transcript transcript,
                       std::optional<std::int64_t> replaces,
                       scheduler::Answer<std::int64_t> answer) override {
    if (const auto refusal = why_not_edited(id)) return refuse(*refusal, std::move(answer));
    if (replaces && *replaces != transcripts[id].revision) {
      return refuse(Refusal{Refusal::Why::outdated, "It has been changed since."},
                    std::move(answer));
    }
    originals_.try_emplace(id, transcripts[id]);
    transcripts[id] = std::move(transcript);
    transcripts[id].edited = true;
    const auto revision = transcripts[id].revision = next_revision_++;
    post_([revision, answer = std::move(answer)] { answer(revision); });
  }
  void restore_transcript(core::JobId id, scheduler::Answer<core::Transcript> answer) override {
    if (const auto refusal = why_not_edited(id)) return refuse(*refusal, std::move(answer));
    if (const auto at = originals_.find(id); at != originals_.end()) {
      transcripts[id] = at->second;
      originals_.erase(at);
    }
    this->transcript(id, std::move(answer));
  }

  scheduler::ResourceStatus status() override {
    if (on_status) on_status();
    return resources;
  }
  scheduler::Readiness readiness() const override { return ready; }
  scheduler::ModelsView models() const override {
    scheduler::ModelsView view;
    for (const auto& name : known_models) {
      view.models.push_back({name, "worker", has_default && view.models.empty(), std::nullopt});
    }
    return view;
  }

 private:
  std::optional<Refusal> why_not_edited(core::JobId id) const {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) {
      return Refusal{Refusal::Why::not_found, "There is no job " + id.to_string() + "."};
    }
    if (found->second.job.state == core::JobState::completed) return std::nullopt;
    return Refusal{Refusal::Why::wrong_state, "Job " + id.to_string() + " is not completed."};
  }
  template <typename Subject>
  void refuse(Refusal refusal, scheduler::Answer<Subject> answer) {
    post_([refusal = std::move(refusal), answer = std::move(answer)] {
      answer(tl::make_unexpected(refusal));
    });
  }

  // The refusals are decided when the call is made, the answer comes later.
  void change(core::JobId id, scheduler::Answer<JobView> answer,
              const std::function<bool(core::Job&)>& apply) {
    const auto found = jobs_.find(id);
    tl::expected<JobView, Refusal> result = tl::make_unexpected(
        Refusal{Refusal::Why::not_found, "There is no job " + id.to_string() + "."});
    if (found != jobs_.end()) {
      if (apply(found->second.job)) {
        result = found->second;
      } else {
        result = tl::make_unexpected(Refusal{
            Refusal::Why::wrong_state, "Job " + id.to_string() + " is " +
                                           std::string(core::to_string(found->second.job.state)) +
                                           "."});
      }
    }
    post_([result = std::move(result), answer = std::move(answer)] { answer(result); });
  }

  // Time stands still, and what is to happen at once is posted.
  class PostingClock final : public ports::Clock {
   public:
    explicit PostingClock(ports::LoopPoster post) : post_(std::move(post)) {}
    core::SteadyTime now() const override { return {}; }
    core::WallTime wall_now() const override { return {}; }
    std::unique_ptr<ports::Alarm> wake_at(core::SteadyTime, std::function<void()> wake) override {
      post_(std::move(wake));
      return std::make_unique<ports::Alarm>();
    }

   private:
    ports::LoopPoster post_;
  };

  ports::LoopPoster post_;
  PostingClock clock_;
  std::optional<scheduler::EventBus> events_;
  std::uint64_t last_id_ = std::uint64_t{1} << 50;
  std::map<core::JobId, JobView> jobs_;
  std::map<core::JobId, core::Transcript> originals_;
  std::int64_t next_revision_ = 1;
  std::vector<std::function<void()>> held_;
};

}  // namespace transcribed::fakes
