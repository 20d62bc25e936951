#include "client/machine_info.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "client/job_info.h"

namespace transcribed::client {

namespace json = boost::json;

namespace {

const json::array* array_field(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

GpuInfo read_gpu(const json::object& object) {
  GpuInfo gpu;
  gpu.id = whole_field(object, "id").value_or(0);
  gpu.name = text_field(object, "name").value_or("?");
  gpu.total_mb = whole_field(object, "total_mb").value_or(0);
  gpu.slots_used = whole_field(object, "slots_used").value_or(0);
  gpu.slots_max = whole_field(object, "slots_max").value_or(0);
  gpu.slots_quarantined = whole_field(object, "slots_quarantined").value_or(0);
  gpu.vram_used_mb = whole_field(object, "vram_used_mb");
  const json::value* enabled = object.if_contains("enabled");
  gpu.enabled = enabled == nullptr || !enabled->is_bool() || enabled->get_bool();
  if (const json::array* loaded = array_field(object, "loaded")) {
    for (const json::value& value : *loaded) {
      const json::object* process = value.if_object();
      if (process == nullptr) continue;
      gpu.loaded.push_back(
          {text_field(*process, "model").value_or("?"), whole_field(*process, "jobs").value_or(0)});
    }
  }
  return gpu;
}

}  // namespace

std::optional<MachineInfo> read_machine(const json::object& object) {
  const json::array* gpus = array_field(object, "gpus");
  if (gpus == nullptr) return std::nullopt;
  MachineInfo machine;
  for (const json::value& value : *gpus) {
    if (const json::object* gpu = value.if_object()) machine.gpus.push_back(read_gpu(*gpu));
  }
  machine.ram_mb = whole_field(object, "system_ram_mb");
  machine.ram_available_mb = whole_field(object, "system_ram_available_mb");
  machine.ram_promised_mb = whole_field(object, "system_ram_promised_mb");
  machine.ram_min_mb = whole_field(object, "min_system_ram_mb");
  machine.pending_jobs = whole_field(object, "pending_jobs").value_or(0);
  const json::value* next = object.if_contains("next_job");
  if (next != nullptr && next->is_object()) {
    machine.next_job_id = text_field(next->get_object(), "id").value_or("");
    const json::value* reason = next->get_object().if_contains("reason");
    if (reason != nullptr && reason->is_object()) {
      machine.next_job_reason = text_field(reason->get_object(), "message").value_or("");
    }
  }
  return machine;
}

}  // namespace transcribed::client
