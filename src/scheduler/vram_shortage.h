// A job ran out of memory on a GPU where nothing else of ours was: does another program hold that
// memory? Then no job is put there until enough is free again. Without this a whole backlog would
// fail, job by job, while somebody plays a game. Loop thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>

#include "core/resources.h"
#include "ports/clock.h"
#include "scheduler/engine_supervisor.h"
#include "scheduler/event_log.h"
#include "scheduler/resource_manager.h"
#include "scheduler/vram_gauge.h"

namespace transcribed::scheduler {

class VramShortage {
 public:
  // Our own processes are on their way out meanwhile, so what the driver says before the second
  // look may be theirs.
  static constexpr std::chrono::milliseconds first_look{500};
  static constexpr std::chrono::milliseconds second_look{1500};  // after the first
  static constexpr std::chrono::seconds interval{5};             // from then on

  // All outlive it. `ask` may be empty: then nothing is ever suspected. `changed`: a GPU takes jobs
  // again, or why it does not is another sentence.
  VramShortage(ports::Clock& clock, VramGauge::Ask ask, ResourceManager& resources,
               EngineSupervisor& engines, EventLog log, std::function<void()> changed);

  // One more job needs `needed_mb`, the weights of its model included. The GPU takes none until the
  // driver has been asked; where it says nothing, or that there is enough, that is all.
  void suspect(const core::Gpu& gpu, core::Megabytes needed_mb);

  // It is known that other programs hold what a job would need.
  bool is_short(int gpu_id) const;

 private:
  struct Suspected {
    core::Megabytes total_mb = 0;
    core::Megabytes needed_mb = 0;
    int looks = 0;
    std::unique_ptr<ports::Alarm> next_look = {};
  };

  void look_after(std::chrono::milliseconds wait, int gpu_id);
  void look(int gpu_id);
  void take(int gpu_id, const VramGauge::Readings& readings);

  ports::Clock& clock_;
  VramGauge::Ask ask_;
  ResourceManager& resources_;
  EngineSupervisor& engines_;
  EventLog log_;
  std::function<void()> changed_;
  std::map<int, Suspected> suspected_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // answers hold it weakly
};

}  // namespace transcribed::scheduler
