// docs/whisper-memory.md is what the code computes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/admission.h"
#include "core/vram_cost.h"
#include "core/whisper_models.h"
#include "whisper/gpu_memory.h"

namespace transcribed::core {
namespace {

using ::testing::HasSubstr;

// Jobs at once on a GPU of this size, as the scheduler would grant them one by one.
int jobs_on(Megabytes total_mb, const Model& model, VramAccounting accounting) {
  ResourcePolicy policy;
  policy.vram_accounting = accounting;
  const GpuDetection card{.gpus = {{0, "card", total_mb}}, .failure = {}, .warnings = {}};
  GpuLoad load{.gpu = take_inventory(card, {}, policy).gpus[0]};
  JobDemand demand;
  demand.model = model.name;
  demand.vram_mb = policy.vram_per_job_mb;
  if (load.gpu.by_ledger) demand.vram_on[0] = vram_cost(model, {}, policy);
  while (place(demand, {&load, 1})) {
    const VramCost cost = demand.cost_on(0);
    ModelLoad& there = load.models[model.name];
    load.vram_used_mb += cost.per_job_mb + (there.jobs == 0 ? cost.weights_mb : 0);
    there.weights_mb = cost.weights_mb;
    ++there.jobs;
    ++load.slots_used;
  }
  return load.slots_used;
}

// "process / **shared**" for each size of card.
std::string jobs_on_cards(Model model) {
  std::string row;
  for (const Megabytes gb : {8, 12, 16, 24}) {
    const Megabytes total = gb * 1024;
    model.sharing = Sharing::none;
    const int separate = jobs_on(total, model, VramAccounting::ledger);
    model.sharing = Sharing::model;
    const int shared = jobs_on(total, model, VramAccounting::ledger);
    row += " " + std::to_string(separate) + " / **" + std::to_string(shared) + "** |";
  }
  return row;
}

std::string row_of(const char* name) {
  const WhisperModel* whisper = find_whisper_model(name);
  if (whisper == nullptr) return std::string("no model ") + name;
  Model model;
  model.name = name;
  model.catalogue_weights_mb = whisper->weights_mb;
  model.catalogue_state_mb = whisper->job_mb();
  return "| " + model.name + " | " + std::to_string(whisper->weights_mb) + " | " +
         std::to_string(whisper->state_mb) + " | " + std::to_string(whisper->fallback_mb) + " | " +
         std::to_string(whisper->job_mb()) + " |" + jobs_on_cards(model);
}

// With what the engine says once it has loaded the model there.
std::string cuda_row_of(const char* name) {
  const WhisperModel* whisper = find_whisper_model(name);
  if (whisper == nullptr) return std::string("no model ") + name;
  Model model;
  model.name = name;
  model.catalogue_weights_mb = whisper->weights_mb + whisper::cuda_overhead.process_mb;
  model.catalogue_state_mb = whisper->job_mb() + whisper::cuda_overhead.state_mb;
  return "| " + model.name + " | " + std::to_string(*model.catalogue_weights_mb) + " | " +
         std::to_string(*model.catalogue_state_mb) + " |" + jobs_on_cards(model);
}

std::string page() {
  std::ifstream file(DOCS "/whisper-memory.md");
  EXPECT_TRUE(file.is_open());
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

TEST(WhisperMemoryPage, HasTheRowThatTheCodeComputesForEverySize) {
  const std::string text = page();
  for (const char* name : {"tiny", "base", "small", "medium", "large-v3", "large-v3-turbo"}) {
    EXPECT_THAT(text, HasSubstr("\n" + row_of(name) + "\n"));
    EXPECT_THAT(text, HasSubstr("\n" + cuda_row_of(name) + "\n"));
  }
}

TEST(WhisperMemoryPage, SaysWhatPerJobAccountingGives) {
  Model any;
  any.name = "any";
  std::string row = "| any, with `per_job` | | | | 3000 |";
  for (const Megabytes gb : {8, 12, 16, 24}) {
    row += " " + std::to_string(jobs_on(gb * 1024, any, VramAccounting::per_job)) + " |";
  }
  EXPECT_THAT(page(), HasSubstr("\n" + row + "\n"));
}

}  // namespace
}  // namespace transcribed::core
