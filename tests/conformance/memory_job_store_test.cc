// The scheduler's tests are worth what their store is: it keeps to the same suite.
#include "tests/fakes/memory_job_store.h"

#include "tests/conformance/job_store_conformance.h"

namespace transcribed::conformance {
namespace {

class MemoryHarness final : public StoreHarness {
 public:
  std::unique_ptr<ports::JobStore> open(ports::LoopPoster) override {
    auto store = std::make_unique<fakes::MemoryJobStore>(rows_);
    store_ = store.get();
    return store;
  }
  void work() override { store_->commit(); }

 private:
  fakes::MemoryRows rows_;
  fakes::MemoryJobStore* store_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Memory, JobStoreConformance,
                         testing::Values(StoreKind{
                             "Fake", [] { return std::make_unique<MemoryHarness>(); }}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace transcribed::conformance
