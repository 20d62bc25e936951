// The VRAM that the driver says is taken, kept fresh while somebody looks: asking costs a process
// of its own, and may wake a GPU. For people only: decisions are made by the ledger. Loop thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "core/memory_size.h"
#include "core/time.h"
#include "ports/clock.h"

namespace transcribed::scheduler {

class VramGauge {
 public:
  using Readings = std::map<int, core::Megabytes>;  // by GPU id
  // Asks somewhere else and gives the answer to the function, on the loop thread, later.
  using Ask = std::function<void(std::function<void(Readings)>)>;

  static constexpr std::chrono::seconds interval{5};
  // What is older is not shown.
  static constexpr std::chrono::seconds lasts{20};
  // A driver that tells nothing so often in a row is not asked again.
  static constexpr int most_failures = 3;

  // `is_watched`: whether anybody would see it.
  VramGauge(ports::Clock& clock, Ask ask, std::function<bool()> is_watched);

  // Once.
  void start();

  // Nothing: not known.
  std::optional<core::Megabytes> in_use(int gpu_id) const;

 private:
  void look();
  void take(Readings readings);
  void look_later();

  ports::Clock& clock_;
  Ask ask_;
  std::function<bool()> is_watched_;
  Readings readings_;
  core::SteadyTime read_at_{};
  int failures_ = 0;
  std::unique_ptr<ports::Alarm> alarm_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // answers hold it weakly
};

}  // namespace transcribed::scheduler
