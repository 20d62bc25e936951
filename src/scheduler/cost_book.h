// What is known of every model's memory on every kind of GPU, and what a job of it therefore asks
// for. Loop thread only.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/admission.h"
#include "core/model.h"
#include "core/resources.h"
#include "core/vram_cost.h"
#include "wire/engine_protocol.h"

namespace transcribed::scheduler {

class CostBook {
 public:
  // `identities`: by a model's name, what tells its file from others (path, size, date); a model
  // that is not there goes by its name. `known`: what the store kept from earlier starts.
  CostBook(core::ResourcePolicy policy, std::map<std::string, std::string> identities,
           const std::vector<core::CostRecord>& known);

  core::VramCost cost(const core::Model& model, const core::Gpu& gpu) const;
  // What one job of the model and its weights take there as far as anybody knows, whatever the
  // accounting.
  core::Megabytes alone_mb(const core::Model& model, const core::Gpu& gpu) const;
  // A job of this model, without what its earlier attempts demand.
  core::JobDemand demand(const core::Model& model, std::span<const core::Gpu> gpus) const;
  // A job of nothing in particular: vram_per_job_mb.
  core::JobDemand demand_of_any() const;

  // Each gives what is to be kept from now on; nothing when it was known already. What running out
  // of memory taught in an earlier run of the daemon is dropped at the first `ready` of this one.
  std::optional<core::CostRecord> learn(const core::Model& model, const core::Gpu& gpu,
                                        const wire::Ready& ready);
  // `granted`: what the ledger had counted for a job.
  std::optional<core::CostRecord> learn(const core::Model& model, const core::Gpu& gpu,
                                        const core::VramCost& granted,
                                        const core::OutOfMemory& what);

 private:
  using Key = std::pair<std::string, std::string>;  // model's identity, GPU's name
  Key key(const core::Model& model, const core::Gpu& gpu) const;
  core::MeasuredCost measured(const Key& key) const;
  std::optional<core::CostRecord> keep(const Key& key, const core::MeasuredCost& cost);

  core::ResourcePolicy policy_;
  std::map<std::string, std::string> identities_;
  std::map<Key, core::MeasuredCost> known_;
  std::set<Key> ran_out_;  // of memory, in this run
};

}  // namespace transcribed::scheduler
