#include "scheduler/resource_json.h"

#include <charconv>
#include <iterator>

#include <boost/json/serialize.hpp>

#include "wire/utf8.h"

namespace transcribed::scheduler {
namespace {

void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(digits, end);
}

void append_or_null(std::string& out, std::optional<std::int64_t> number) {
  if (number) {
    append_number(out, *number);
  } else {
    out += "null";
  }
}

void append_text(std::string& out, const std::string& text) {
  out += boost::json::serialize(boost::json::string_view(text));
}

// `device` is null until the worker has said where it runs.
void append_process(std::string& out, const ProcessStatus& process) {
  out += "{\"model\":";
  append_text(out, process.model);
  out += ",\"jobs\":";
  append_number(out, process.jobs);
  out += ",\"vram_mb\":";
  append_number(out, process.vram_mb);
  out += ",\"device\":";
  if (process.device.empty()) {
    out += "null";
  } else {
    append_text(out, wire::to_valid_utf8(process.device));
  }
  out += '}';
}

void append_gpu(std::string& out, const GpuStatus& status) {
  out += "{\"id\":";
  append_number(out, status.gpu.id);
  out += ",\"name\":";
  append_text(out, status.gpu.name);
  out += ",\"total_mb\":";
  append_number(out, status.gpu.total_mb);
  out += ",\"slots_used\":";
  append_number(out, status.slots_used);
  out += ",\"slots_max\":";
  append_number(out, status.gpu.slots_max);
  out += ",\"slots_quarantined\":";
  append_number(out, status.slots_quarantined);
  out += ",\"vram_used_mb\":";
  append_number(out, status.vram_used_mb);
  out += status.gpu.enabled ? ",\"enabled\":true" : ",\"enabled\":false";
  out += status.gpu.by_ledger ? ",\"accounting\":\"ledger\"" : ",\"accounting\":\"per_job\"";
  out += ",\"capacity_mb\":";
  append_or_null(out, status.gpu.capacity_mb);
  out += ",\"vram_in_use_mb\":";
  append_or_null(out, status.vram_in_use_mb);
  out += ",\"loaded\":[";
  for (std::size_t i = 0; i < status.loaded.size(); ++i) {
    if (i > 0) out += ',';
    append_process(out, status.loaded[i]);
  }
  out += "]}";
}

void append_next_job(std::string& out, const std::optional<NextJobStatus>& next) {
  if (!next) {
    out += "null";
    return;
  }
  out += "{\"id\":\"" + next->id.to_string() + "\",\"reason\":{\"code\":";
  append_text(out, next->reason.code);
  out += ",\"message\":";
  append_text(out, wire::to_valid_utf8(next->reason.message));
  out += "},\"ram_wait_seconds_left\":";
  if (next->ram_wait_left) {
    append_number(out, next->ram_wait_left->count());
  } else {
    out += "null";
  }
  out += '}';
}

}  // namespace

std::string resources_json(const ResourceStatus& status) {
  std::string out;
  out.reserve(256 + status.gpus.size() * 160);
  out += "{\"gpus\":[";
  for (std::size_t i = 0; i < status.gpus.size(); ++i) {
    if (i > 0) out += ',';
    append_gpu(out, status.gpus[i]);
  }
  out += "],\"system_ram_mb\":";
  append_number(out, status.system_ram_mb);
  out += ",\"system_ram_available_mb\":";
  append_number(out, status.system_ram_available_mb);
  out += ",\"pending_jobs\":";
  append_number(out, status.pending_jobs);
  out += ",\"system_ram_promised_mb\":";
  append_number(out, status.system_ram_promised_mb);
  out += ",\"running_jobs\":";
  append_number(out, status.running_jobs);
  out += ",\"min_system_ram_mb\":";
  append_number(out, status.min_system_ram_mb);
  out += ",\"audio_seconds_heard\":";
  append_number(out, static_cast<std::int64_t>(status.audio_seconds_heard));
  out += ",\"next_job\":";
  append_next_job(out, status.next_job);
  out += '}';
  return out;
}

}  // namespace transcribed::scheduler
