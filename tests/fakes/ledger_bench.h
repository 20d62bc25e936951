// The scheduler's bench with the VRAM ledger on, and words for workers with many jobs.
#pragma once

#include <string>
#include <utility>

#include "tests/fakes/scheduler_bench.h"

namespace transcribed::fakes {

inline core::ResourcePolicy ledger_policy() {
  core::ResourcePolicy policy;
  policy.vram_accounting = core::VramAccounting::ledger;
  policy.ram_per_job_mb = 0;  // RAM stands in nobody's way
  return policy;
}

inline core::GpuDetection one_gpu(core::Megabytes total_mb = 12000) {
  return {.gpus = {{0, "RTX", total_mb}}, .failure = {}, .warnings = {}};
}

class LedgerBench : public SchedulerBench {
 public:
  // 1,500 MB of weights and 700 MB a job, as the catalogue would say it.
  explicit LedgerBench(core::GpuDetection gpus = reference_box(),
                       core::ResourcePolicy policy = ledger_policy(),
                       core::GpuSettingsById settings = {})
      : SchedulerBench(std::move(gpus), policy, std::move(settings)) {
    add_shared("medium", 1500, 700);
    options.default_model = "medium";
  }

  core::Model& add_shared(const std::string& name, std::optional<core::Megabytes> weights,
                          std::optional<core::Megabytes> state) {
    core::Model& model = add_worker(name);
    model.sharing = core::Sharing::model;
    model.catalogue_weights_mb = weights;
    model.catalogue_state_mb = state;
    return model;
  }

  void print(std::size_t process, const std::string& text) {
    launcher.launched.at(process)->print(text);
    settle();
  }
  void ready(std::size_t process, core::Megabytes vram = 0, core::Megabytes per_job = 0) {
    print(process, R"({"type":"ready","engine":"fake","version":"1","vram_mb":)" +
                       std::to_string(vram) + R"(,"vram_per_job_mb":)" + std::to_string(per_job) +
                       R"(,"device":"Fake GPU"})" + "\n");
  }
  static std::string word(const std::string& type, core::JobId id, const std::string& rest = "") {
    return R"({"type":")" + type + R"(","job":")" + id.to_string() + "\"" + rest + "}\n";
  }
  void done(std::size_t process, core::JobId id) { print(process, word("done", id)); }
  void out_of_memory(std::size_t process, core::JobId id) {
    print(process, word("failed", id, R"(,"kind":"out_of_memory","message":"no VRAM")"));
  }
  void die(std::size_t process, int signal = 11) {
    launcher.launched.at(process)->die(signal);
    settle();
  }
  // The process does not end by SIGKILL; exit() on it says that it has gone after all.
  void cannot_be_killed(std::size_t process) {
    launcher.launched.at(process)->end(
        {.how = ports::ProcessEnd::How::unkillable, .status = 0, .message = {}, .result = {}});
    settle();
  }
  std::vector<core::JobId> submit_many_of(const std::string& model, int count) {
    std::vector<core::JobId> ids;
    for (int i = 0; i < count; ++i) ids.push_back(submit(model));
    return ids;
  }
  int gpu_of(core::JobId id) { return view(id).job.gpu_id.value_or(-1); }
  std::size_t processes() const { return launcher.launched.size(); }
  // What the log says of the GPU's slots at the assignment of this job ("12/12").
  std::string slot_line(core::JobId id) const {
    const std::string begin = "INFO: Job " + id.to_string() + " assigned to GPU ";
    for (auto at = lines.rbegin(); at != lines.rend(); ++at) {
      if (!at->starts_with(begin)) continue;
      const auto open = at->find("(slot ") + 6;
      return at->substr(open, at->find(' ', open) - open);
    }
    return "";
  }
};

}  // namespace transcribed::fakes
