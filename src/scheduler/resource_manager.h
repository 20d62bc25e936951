// Owns the slots, the VRAM ledger and the RAM rule of every GPU. One atomic acquire() decides over
// slot, VRAM and RAM together and hands out a lease; the end of the lease is the release.
// Loop thread only; no mutex.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/admission.h"
#include "core/job_id.h"
#include "core/resources.h"
#include "ports/clock.h"
#include "ports/memory_probe.h"
#include "scheduler/event_log.h"
#include "scheduler/resource_status.h"

namespace transcribed::scheduler {

class ResourceManager;

// A held slot. Move-only; releasing happens exactly once, at end() or at destruction. Must not
// outlive its ResourceManager.
class SlotLease {
 public:
  SlotLease() = default;
  SlotLease(SlotLease&& other) noexcept;
  SlotLease& operator=(SlotLease&& other) noexcept;
  SlotLease(const SlotLease&) = delete;
  SlotLease& operator=(const SlotLease&) = delete;
  ~SlotLease() { end("released"); }

  explicit operator bool() const { return owner_ != nullptr; }
  int gpu_id() const { return gpu_id_; }
  // What the ledger counts for the job; of a lease that is held.
  core::VramCost cost() const;

  // The job runs in this process tree from now on, so its promise is measured against that tree.
  void runs_in(pid_t tree_root);
  // The process cannot be killed: the slot stays taken and is shown as quarantined. The job's own
  // end is logged with `outcome`.
  void quarantine(std::string_view outcome);
  // Releases the slot and logs the line with `outcome` ("completed", "failed", ...). Later calls do
  // nothing.
  void end(std::string_view outcome);
  // We go, its process stays: the slot is never released, and nothing is logged.
  void leave_taken() { owner_ = nullptr; }

 private:
  friend class ResourceManager;
  SlotLease(ResourceManager* owner, std::uint64_t key, int gpu_id)
      : owner_(owner), key_(key), gpu_id_(gpu_id) {}

  ResourceManager* owner_ = nullptr;
  std::uint64_t key_ = 0;
  int gpu_id_ = 0;
};

using AcquireResult = std::variant<SlotLease, core::Blocked, core::Infeasible>;

class ResourceManager {
 public:
  ResourceManager(core::ResourcePolicy policy, ports::Clock& clock, ports::MemoryProbe& memory,
                  EventLog log);

  // Takes the inventory and logs it, a line a GPU and the sum. Once, before anything else.
  // `default_model`: what a job of it demands; a ledger's slots are shown in terms of it.
  void initialize(core::GpuInventory inventory, core::JobDemand default_model = {});
  // More is known of what the default model takes.
  void set_default_model(core::JobDemand demand) { default_model_ = std::move(demand); }
  // What the jobs of a model on a GPU take is known better than when they were granted it.
  void reprice(const std::string& model, int gpu_id, const core::VramCost& cost);

  // For the job at the head of the queue. In place of wait-then-reserve: nothing can change between
  // the look and the reservation. A wait for RAM is remembered for `job`; asking for another job
  // starts a new one.
  AcquireResult acquire(core::JobId job, const core::JobDemand& demand);
  // The head was taken away (cancelled, overtaken by a higher priority): its wait is over.
  void forget_wait() {
    ram_wait_ = {};
    waiting_job_.reset();
  }

  // The GPU takes no job, whatever room it has, until let_on(); `why` is a sentence without its
  // dot. Called again: another sentence.
  void keep_off(int gpu_id, std::string why) { kept_off_[gpu_id] = std::move(why); }
  void let_on(int gpu_id) { kept_off_.erase(gpu_id); }

  // A process has given memory back: what was read of RAM before is not true any more.
  void ram_came_back() { read_at_.reset(); }

  // Why no GPU could ever hold such a job; nothing when one could.
  std::optional<core::Reason> why_infeasible(const core::JobDemand& demand) const {
    return core::why_infeasible(demand, gpus_);
  }

  // Without the counts of jobs, which the JobManager knows.
  ResourceStatus status();
  // How long the job that acquire() was last asked for goes on waiting for RAM before it starts
  // anyway; nothing where it does not wait for RAM, or without limit.
  std::optional<std::chrono::seconds> ram_wait_left() const;
  const core::ResourcePolicy& policy() const { return policy_; }
  const std::vector<core::Gpu>& gpus() const { return gpus_; }
  // As they are now: a ledger's slots change with what runs.
  int total_slots() const;
  // The GPU at this moment; nothing when there is none of that id.
  std::optional<core::GpuLoad> load(int gpu_id) const;

  // Called after each release, once the slot is free. One listener.
  void on_release(std::function<void()> listener) { released_ = std::move(listener); }

 private:
  friend class SlotLease;
  struct Held {
    core::JobId job;
    int gpu_id = 0;
    core::JobDemand demand;
    core::VramCost cost;  // on that GPU
    core::SteadyTime since{};
    pid_t tree_root = 0;  // 0: no process yet, so nothing taken
    bool quarantined = false;
  };

  core::RamView ram_view(core::SteadyTime now, bool fresh);
  core::GpuLoad load_of(const core::Gpu& gpu) const;
  std::vector<core::GpuLoad> loads() const;
  int used_on(int gpu_id) const;
  int slots_of(int gpu_id) const;
  void release(std::uint64_t key, std::string_view outcome);

  core::ResourcePolicy policy_;
  ports::Clock& clock_;
  ports::MemoryProbe& memory_;
  EventLog log_;
  std::vector<core::Gpu> gpus_;
  core::JobDemand default_model_;
  std::map<int, std::string> kept_off_;
  std::map<std::uint64_t, Held> held_;
  std::uint64_t next_key_ = 1;
  core::RamWait ram_wait_;
  std::optional<core::JobId> waiting_job_;
  std::function<void()> released_;

  // The last reading of the kernel's figures; reused for some milliseconds, because hundreds of
  // short jobs a second would otherwise spend their time reading /proc.
  std::optional<core::SteadyTime> read_at_;
  ports::SystemMemory system_;
  std::map<pid_t, core::Megabytes> tree_taken_;
};

}  // namespace transcribed::scheduler
