#include "http/status_api.h"

#include <charconv>
#include <iterator>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "wire/utf8.h"

namespace transcribed::http {
namespace {

void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(digits, end);
}

void append_text(std::string& out, const std::string& text) {
  out += boost::json::serialize(boost::json::string_view(text));
}

// `device` is null until the worker has said where it runs.
void append_process(std::string& out, const scheduler::ProcessStatus& process) {
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

void append_gpu(std::string& out, const scheduler::GpuStatus& status) {
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
  if (status.gpu.capacity_mb) {
    append_number(out, *status.gpu.capacity_mb);
  } else {
    out += "null";
  }
  out += ",\"loaded\":[";
  for (std::size_t i = 0; i < status.loaded.size(); ++i) {
    if (i > 0) out += ',';
    append_process(out, status.loaded[i]);
  }
  out += "]}";
}

Response json_response(int status, const boost::json::object& body) {
  Response response;
  response.status = status;
  response.body = boost::json::serialize(body);
  response.body += '\n';
  return response;
}

}  // namespace

std::string resources_json(const scheduler::ResourceStatus& status) {
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
  out += "}\n";
  return out;
}

void add_status_api(Router& router, scheduler::JobService& jobs) {
  router.add(Method::get, "/api/resources", [&jobs](const ExchangePtr& exchange) {
    Response response;
    response.body = resources_json(jobs.status());
    exchange->respond(std::move(response));
  });
  router.add(Method::get, "/api/models", [&jobs](const ExchangePtr& exchange) {
    boost::json::array models;
    const scheduler::ModelsView view = jobs.models();
    for (const scheduler::ModelView& one : view.models) {
      boost::json::object model;
      model["name"] = one.name;
      model["engine"] = one.engine;
      model["default"] = one.is_default;
      model["available"] = !one.unavailable;
      if (one.unavailable) {
        model["message"] = wire::to_valid_utf8(*one.unavailable);
      } else {
        model["message"] = nullptr;
      }
      models.push_back(std::move(model));
    }
    boost::json::object body;
    body["models"] = std::move(models);
    if (view.models_dir.empty()) {
      body["models_dir"] = nullptr;
    } else {
      body["models_dir"] = wire::to_valid_utf8(view.models_dir);
    }
    exchange->respond(json_response(200, body));
  });
  router.add(
      Method::get, "/healthz",
      [](const ExchangePtr& exchange) {
        boost::json::object body;
        body["status"] = "ok";
        exchange->respond(json_response(200, body));
      },
      KeyRule::open);
  router.add(
      Method::get, "/readyz",
      [&jobs](const ExchangePtr& exchange) {
        const auto readiness = jobs.readiness();
        boost::json::object body;
        body["status"] = readiness.ready ? "ready" : "not ready";
        body["message"] = wire::to_valid_utf8(readiness.message);
        exchange->respond(json_response(readiness.ready ? 200 : 503, body));
      },
      KeyRule::open);
}

}  // namespace transcribed::http
