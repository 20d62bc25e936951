#include "http/status_api.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "http/disk_room.h"
#include "scheduler/resource_json.h"
#include "wire/utf8.h"

namespace transcribed::http {
namespace {

Response json_response(int status, const boost::json::object& body) {
  Response response;
  response.status = status;
  response.body = boost::json::serialize(body);
  response.body += '\n';
  return response;
}

Response readiness_response(const scheduler::Readiness& readiness) {
  boost::json::object body;
  body["status"] = readiness.ready ? "ready" : "not ready";
  body["message"] = wire::to_valid_utf8(readiness.message);
  return json_response(readiness.ready ? 200 : 503, body);
}

}  // namespace

void add_status_api(Router& router, scheduler::JobService& jobs, std::shared_ptr<BlockingPool> pool,
                    StorageOptions storage) {
  router.add(Method::get, "/api/resources", [&jobs](const ExchangePtr& exchange) {
    Response response;
    response.body = scheduler::resources_json(jobs.status());
    response.body += '\n';
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
      [&jobs, pool = std::move(pool), storage = std::move(storage)](const ExchangePtr& exchange) {
        const auto readiness = std::make_shared<scheduler::Readiness>(jobs.readiness());
        pool->run(
            [readiness, folder = storage.uploads_folder, least = storage.min_free_disk_mb] {
              *readiness = with_disk_room(std::move(*readiness), free_bytes(folder), least);
            },
            [exchange, readiness] { exchange->respond(readiness_response(*readiness)); });
      },
      KeyRule::open);
}

}  // namespace transcribed::http
