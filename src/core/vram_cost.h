// What the jobs of a model take on a GPU: what the config says, what was measured when the model
// was loaded, what the catalogue knows, and what running out of memory has taught. Pure. All MB.
#pragma once

#include <string>

#include "core/memory_size.h"
#include "core/model.h"
#include "core/resources.h"

namespace transcribed::core {

// weights_mb once on a GPU, for as long as one job is there, and per_job_mb for each job.
struct VramCost {
  Megabytes weights_mb = 0;
  Megabytes per_job_mb = 0;

  Megabytes of(int jobs) const { return jobs <= 0 ? 0 : weights_mb + jobs * per_job_mb; }
  // Of a process that stays loaded without a job. Where weights are not told apart from a job, it
  // is taken to hold as much as with one.
  Megabytes idle() const { return weights_mb > 0 ? weights_mb : per_job_mb; }
  bool operator==(const VramCost&) const = default;
};

// What is known of one model file on one kind of device from running it. 0: not known.
struct MeasuredCost {
  // As the worker said when it was ready.
  Megabytes vram_mb = 0;
  Megabytes vram_per_job_mb = 0;
  Megabytes ram_mb = 0;
  Megabytes ram_per_job_mb = 0;
  // What running out of memory has shown them to be at the least.
  Megabytes least_weights_mb = 0;
  Megabytes least_per_job_mb = 0;

  bool operator==(const MeasuredCost&) const = default;
};

// As it is kept from one start to the next.
struct CostRecord {
  std::string model;   // which file, of which size and date: see identity in JobManagerOptions
  std::string device;  // the GPU's name, so that two alike share what was learned
  MeasuredCost cost;

  bool operator==(const CostRecord&) const = default;
};

// The precedence, for each figure: weights_mb and state_mb of the config, then what was measured,
// then the catalogue. Where one of the two is not known, and for a model that does not share whose
// vram_mb is set, a job takes vram_mb, or else vram_per_job_mb. Without sharing each job takes
// weights and state. What running out of memory taught raises all but the config's own figures.
VramCost vram_cost(const Model& model, const MeasuredCost& measured, const ResourcePolicy& policy);

// What a worker said its model takes, lowered until one job of the model fits into the GPU's
// capacity: it did load there, and a mistake must not keep the model from every later job.
MeasuredCost such_that_one_fits(MeasuredCost measured, const Model& model, Megabytes capacity_mb,
                                const ResourcePolicy& policy);

// What was on the GPU when a job, or the load of its model, ran out of memory.
struct OutOfMemory {
  bool while_loading = false;
  int jobs = 1;             // of this model on that GPU, the one that ran out included
  Megabytes others_mb = 0;  // what other models' jobs were granted there
  Megabytes capacity_mb = 0;
};

// The least cost that would have kept these jobs from starting together, but at most a quarter
// more than before: what ran out may have been another program's doing. Never so much that one job
// alone would not fit on that GPU. `cost` is what was thought. Only the least_ figures change.
MeasuredCost after_out_of_memory(MeasuredCost measured, const VramCost& cost,
                                 const OutOfMemory& what);

// How many jobs of a cost fit into so much memory when nothing else is there.
int jobs_that_fit(const VramCost& cost, Megabytes memory_mb);

}  // namespace transcribed::core
