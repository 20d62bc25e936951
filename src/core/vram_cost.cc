#include "core/vram_cost.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace transcribed::core {
namespace {

std::optional<Megabytes> known(Megabytes measured, const std::optional<Megabytes>& catalogue) {
  if (measured > 0) return measured;
  return catalogue;
}

// A quarter more, and at least something.
Megabytes a_quarter_more(Megabytes mb) { return mb + std::max<Megabytes>(1, mb / 4); }

}  // namespace

VramCost vram_cost(const Model& model, const MeasuredCost& measured, const ResourcePolicy& policy) {
  const bool shared = model.sharing == Sharing::model;
  std::optional<Megabytes> weights = model.weights_mb;
  std::optional<Megabytes> state = model.state_mb;
  if (!weights) {
    weights = known(measured.vram_mb, model.catalogue_weights_mb);
    if (weights && shared) weights = std::max(*weights, measured.least_weights_mb);
  }
  if (!state) {
    state = known(measured.vram_per_job_mb, model.catalogue_state_mb);
    if (state && shared) state = std::max(*state, measured.least_per_job_mb);
  }
  if (shared && weights && state) return {*weights, *state};
  if (!shared && model.vram_mb) return {0, *model.vram_mb};
  const bool by_hand = model.vram_mb || (model.weights_mb && model.state_mb);
  const Megabytes whole =
      weights && state ? *weights + *state : model.vram_mb.value_or(policy.vram_per_job_mb);
  return {0, by_hand ? whole : std::max(whole, measured.least_per_job_mb)};
}

MeasuredCost such_that_one_fits(MeasuredCost measured, const Model& model, Megabytes capacity_mb,
                                const ResourcePolicy& policy) {
  Megabytes over = vram_cost(model, measured, policy).of(1) - capacity_mb;
  const auto lower = [&](Megabytes& figure, Megabytes least) {
    const Megabytes by = std::min(over, figure - least);
    if (by <= 0) return;
    figure -= by;
    over -= by;
  };
  // What a job adds first: weights are a file's size and seldom wrong.
  if (!model.state_mb) lower(measured.vram_per_job_mb, std::max<Megabytes>(1, capacity_mb / 2));
  if (!model.weights_mb) lower(measured.vram_mb, 1);
  if (!model.state_mb) lower(measured.vram_per_job_mb, 1);
  return measured;
}

MeasuredCost after_out_of_memory(MeasuredCost measured, const VramCost& cost,
                                 const OutOfMemory& what) {
  const int jobs = std::max(1, what.jobs);
  const Megabytes room = what.capacity_mb - what.others_mb;
  const bool weights = what.while_loading && cost.weights_mb > 0;
  const Megabytes before = weights ? cost.weights_mb : cost.per_job_mb;
  const Megabytes kept_out =
      weights ? room - jobs * cost.per_job_mb + 1 : (room - cost.weights_mb) / jobs + 1;
  const Megabytes alone_fits = what.capacity_mb - (weights ? cost.per_job_mb : cost.weights_mb);
  const Megabytes least =
      std::max(before, std::min({kept_out, a_quarter_more(before), alone_fits}));
  Megabytes& figure = weights ? measured.least_weights_mb : measured.least_per_job_mb;
  figure = std::max(figure, least);
  return measured;
}

int jobs_that_fit(const VramCost& cost, Megabytes memory_mb) {
  if (cost.per_job_mb <= 0) {
    return cost.weights_mb <= memory_mb ? std::numeric_limits<int>::max() : 0;
  }
  const Megabytes jobs = (memory_mb - cost.weights_mb) / cost.per_job_mb;
  if (memory_mb < cost.weights_mb) return 0;
  return static_cast<int>(std::min<Megabytes>(jobs, std::numeric_limits<int>::max()));
}

}  // namespace transcribed::core
