// The scheduler on a bench: real ResourceManager, EngineSupervisor and JobManager over a fake
// clock, fake processes, fake RAM figures and a store in memory. Tests say what happens and look.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scheduler/job_manager.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_launcher.h"
#include "tests/fakes/fake_memory_probe.h"
#include "tests/fakes/memory_job_store.h"
#include "wire/fetcher_protocol.h"

namespace transcribed::fakes {

inline core::GpuDetection reference_box() {
  return {.gpus = {{0, "RTX 5070 Ti", 12227}, {1, "RTX 2080 Super", 8192}},
          .failure = {},
          .warnings = {}};
}

class SchedulerBench {
 public:
  explicit SchedulerBench(core::GpuDetection box = reference_box(),
                          core::ResourcePolicy policy = {}, core::GpuSettingsById gpus = {})
      : box_(std::move(box)), policy_(policy), gpus_(std::move(gpus)) {
    add_command("cmd");
    options.default_model = "cmd";
  }

  core::Model& add_command(const std::string& name) {
    core::Model& model = options.models[name];
    model.name = name;
    model.engine = "command";
    model.kind = core::EngineKind::command;
    model.command = {"run", "{audio}"};
    model.silence_timeout = std::chrono::seconds{0};
    return model;
  }
  core::Model& add_worker(const std::string& name) {
    core::Model& model = options.models[name];
    model.name = name;
    model.engine = "worker";
    model.kind = core::EngineKind::worker;
    model.command = {"worker"};
    return model;
  }

  // Starts (or, after crash(), starts again).
  void start() {
    store = std::make_unique<MemoryJobStore>(rows);
    store->queue_reads_wait = queue_reads_wait;
    resources = std::make_unique<scheduler::ResourceManager>(policy_, clock, memory, log());
    engines = std::make_unique<scheduler::EngineSupervisor>(launcher, clock,
                                                            scheduler::EngineLimits{}, log());
    ports::StoreSummary summary = store->recover();
    costs = std::make_unique<scheduler::CostBook>(policy_, identities, summary.costs);
    fetcher = std::make_unique<scheduler::FetcherProcess>(std::vector<std::string>{"fetcher"},
                                                          fetcher_launcher, clock, log());
    fetches = std::make_unique<scheduler::RecordingFetches>(
        *fetcher, clock, scheduler::FetchSettings{.uploads_folder = "/data/uploads", .at_once = 2});
    webhooks = std::make_unique<scheduler::WebhookSender>(
        *fetcher, *store, clock, *wire::parse_webhook_secret(webhook_secret), [] { return 0.0; },
        log());
    manager = std::make_unique<scheduler::JobManager>(
        options, *store, *resources, *costs, *engines, scheduler::Outgoing{*fetches, *webhooks},
        clock, log(), [this](const std::string& path) { forgotten.push_back(path); });
    core::GpuInventory inventory = core::take_inventory(box_, gpus_, policy_, machine);
    core::JobDemand default_model =
        costs->demand(options.models.at(options.default_model), inventory.gpus);
    resources->initialize(std::move(inventory), std::move(default_model));
    engines->initialize(resources->gpus());
    manager->start(std::move(summary));
    settle();
  }
  // The daemon is gone, without a word; the store stays.
  void crash() {
    manager.reset();
    webhooks.reset();
    fetches.reset();
    fetcher.reset();
    costs.reset();
    engines.reset();
    resources.reset();
    store.reset();
  }

  // --- The fetcher, played by hand. ---

  void fetcher_says(const wire::fetcher::FromFetcher& message) {
    fetcher_launcher.last().print(wire::fetcher::to_line(message));
    settle();
  }
  // What it has been told since the last time; nothing where none was started.
  std::vector<wire::fetcher::ToFetcher> told_to_fetcher() {
    std::vector<wire::fetcher::ToFetcher> out;
    if (fetcher_launcher.launched.empty()) return out;
    std::string received = fetcher_launcher.last().take_received();
    for (std::size_t end = 0; (end = received.find('\n')) != std::string::npos;) {
      out.push_back(*wire::fetcher::parse_to_fetcher(received.substr(0, end)));
      received.erase(0, end + 1);
    }
    return out;
  }
  // Time goes by, and a fetcher that is asked to end does.
  void advance_with_fetcher(std::chrono::milliseconds by) {
    advance(by);
    if (fetcher_launcher.launched.empty()) return;
    auto& process = fetcher_launcher.last();
    if (!std::exchange(process.asked_to_end, false)) return;
    process.exit(0);
    settle();
  }

  // Lets everything happen that can happen without time going by.
  void settle() {
    for (int i = 0; i < 20; ++i) {
      store->commit();
      clock.run_due();
    }
  }
  void advance(std::chrono::milliseconds by) {
    settle();
    clock.advance(by);
    settle();
  }

  core::JobId submit(const std::string& model = "", int priority = 0, core::Flow flow = {}) {
    scheduler::Submission submission;
    submission.owner = flow.owner;
    submission.interactive = flow.interactive;
    submission.id = manager->new_id();
    submission.model = model;
    submission.name = "a.wav";
    submission.audio = {"/audio/" + submission.id.to_string(), true};
    submission.priority = priority;
    const core::JobId id = submission.id;
    manager->submit(std::move(submission), [this](auto answer) {
      if (!answer) refusal = answer.error();
    });
    settle();
    return id;
  }
  std::vector<core::JobId> submit_many(int count) {
    std::vector<core::JobId> ids;
    for (int i = 0; i < count; ++i) ids.push_back(submit());
    return ids;
  }
  scheduler::JobView view(core::JobId id) {
    scheduler::JobView out;
    manager->view(id, [&](auto answer) {
      if (answer) out = *answer;
    });
    settle();
    return out;
  }
  core::JobState state(core::JobId id) { return view(id).job.state; }
  std::string reason(core::JobId id) {
    const auto reason = view(id).reason;
    return reason ? reason->message : "";
  }
  // 0 for an answer, the refusal's reason otherwise.
  std::optional<scheduler::Refusal> cancel(core::JobId id) {
    std::optional<scheduler::Refusal> out;
    manager->cancel(id, [&, this](auto answer) {
      ++answers;
      if (!answer) out = answer.error();
    });
    settle();
    return out;
  }
  std::optional<scheduler::Refusal> retry(core::JobId id) {
    std::optional<scheduler::Refusal> out;
    manager->retry(id, [&](auto answer) {
      if (!answer) out = answer.error();
    });
    settle();
    return out;
  }
  std::optional<scheduler::Refusal> move(core::JobId id, scheduler::MoveTo where) {
    std::optional<scheduler::Refusal> out;
    manager->move(id, where, [&](auto answer) {
      if (!answer) out = answer.error();
    });
    settle();
    return out;
  }
  // The process that runs this job (a command's), nullptr when there is none.
  FakeLauncher::Played* process_of(core::JobId id) {
    for (auto at = launcher.launched.rbegin(); at != launcher.launched.rend(); ++at) {
      for (const std::string& word : (*at)->spec.argv) {
        if (word == "/audio/" + id.to_string()) return at->get();
      }
    }
    return nullptr;
  }
  void exit(core::JobId id, int status = 0) {
    process_of(id)->exit(status);
    settle();
  }
  std::vector<int> slots_used() {
    std::vector<int> out;
    for (const auto& gpu : manager->status().gpus) out.push_back(gpu.slots_used);
    return out;
  }
  int logged(const std::string& line) const {
    return static_cast<int>(std::ranges::count(lines, line));
  }

  FakeClock clock;
  FakeMemoryProbe memory;
  FakeLauncher launcher;
  FakeLauncher fetcher_launcher;
  static constexpr const char* webhook_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  MemoryRows rows;
  scheduler::JobManagerOptions options;
  core::Machine machine;
  std::map<std::string, std::string> identities;
  std::vector<std::string> lines;  // "INFO: ..."
  std::vector<std::string> forgotten;
  std::optional<scheduler::Refusal> refusal;
  int answers = 0;
  bool queue_reads_wait = false;  // of the store that start() makes
  std::unique_ptr<MemoryJobStore> store;
  std::unique_ptr<scheduler::ResourceManager> resources;
  std::unique_ptr<scheduler::CostBook> costs;
  std::unique_ptr<scheduler::EngineSupervisor> engines;
  std::unique_ptr<scheduler::FetcherProcess> fetcher;
  std::unique_ptr<scheduler::RecordingFetches> fetches;
  std::unique_ptr<scheduler::WebhookSender> webhooks;
  std::unique_ptr<scheduler::JobManager> manager;

 private:
  scheduler::EventLog log() {
    return [this](scheduler::LogLevel level, std::string_view line) {
      constexpr const char* names[] = {"DEBUG: ", "INFO: ", "WARN: ", "ERROR: "};
      lines.push_back(names[static_cast<int>(level)] + std::string(line));
    };
  }
  core::GpuDetection box_;
  core::ResourcePolicy policy_;
  core::GpuSettingsById gpus_;
};

}  // namespace transcribed::fakes
