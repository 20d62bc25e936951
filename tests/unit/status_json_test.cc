#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "scheduler/resource_json.h"

namespace transcribed {
namespace {

using scheduler::resources_json;

scheduler::GpuStatus gpu(int id, std::string name, core::Megabytes total, int used, int max) {
  scheduler::GpuStatus status;
  status.gpu.id = id;
  status.gpu.name = std::move(name);
  status.gpu.total_mb = total;
  status.gpu.slots_max = max;
  status.slots_used = used;
  return status;
}

TEST(StatusJsonTest, TheReferenceBoxAsInTheContract) {
  scheduler::ResourceStatus status;
  status.gpus = {gpu(0, "RTX 5070 Ti", 12227, 2, 3), gpu(1, "RTX 2080 Super", 8192, 1, 2)};
  status.gpus[0].gpu.capacity_mb = 10227;
  status.gpus[0].vram_in_use_mb = 9321;
  status.gpus[1].gpu.by_ledger = true;
  status.gpus[1].loaded = {{1, "medium", 2, 2838, "a \"GPU\""}, {1, "tiny", 0, 74, ""}};
  status.system_ram_mb = 32768;
  status.system_ram_available_mb = 24500;
  status.system_ram_promised_mb = 1200;
  status.pending_jobs = 4;
  status.running_jobs = 3;
  status.min_system_ram_mb = 4000;
  status.audio_seconds_heard = 61.5;
  status.next_job = {core::JobId{1}, {"ram_low", "RAM 3.2 of 4.0 GB free"},
                     std::chrono::seconds(140)};
  EXPECT_EQ(
      resources_json(status),
      R"({"gpus":[{"id":0,"name":"RTX 5070 Ti","total_mb":12227,"slots_used":2,"slots_max":3,)"
      R"("slots_quarantined":0,"vram_used_mb":0,"enabled":true,"accounting":"per_job",)"
      R"("capacity_mb":10227,"vram_in_use_mb":9321,"loaded":[]},)"
      R"({"id":1,"name":"RTX 2080 Super","total_mb":8192,"slots_used":1,"slots_max":2,)"
      R"("slots_quarantined":0,"vram_used_mb":0,"enabled":true,"accounting":"ledger",)"
      R"("capacity_mb":null,"vram_in_use_mb":null,"loaded":[{"model":"medium","jobs":2,"vram_mb":2838,"device":"a \"GPU\""},)"
      R"({"model":"tiny","jobs":0,"vram_mb":74,"device":null}]}],)"
      R"("system_ram_mb":32768,"system_ram_available_mb":24500,"pending_jobs":4,)"
      R"("system_ram_promised_mb":1200,"running_jobs":3,"min_system_ram_mb":4000,)"
      R"("audio_seconds_heard":61,"next_job":{"id":"000000000001","reason":{"code":"ram_low",)"
      R"("message":"RAM 3.2 of 4.0 GB free"},"ram_wait_seconds_left":140}})");
}

TEST(StatusJsonTest, NamesAreEscaped) {
  scheduler::ResourceStatus status;
  status.gpus = {gpu(0, "a \"b\"\\\n", 1, 0, 0)};
  status.gpus[0].gpu.enabled = false;
  const auto parsed = boost::json::parse(resources_json(status));
  EXPECT_EQ(parsed.at("gpus").at(0).at("name").as_string(), "a \"b\"\\\n");
  EXPECT_FALSE(parsed.at("gpus").at(0).at("enabled").as_bool());
}

TEST(StatusJsonTest, NoGpuIsAnEmptyList) {
  EXPECT_TRUE(boost::json::parse(resources_json({})).at("gpus").as_array().empty());
}

}  // namespace
}  // namespace transcribed
