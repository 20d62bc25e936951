#include "http/metrics_api.h"

#include <utility>

#include "http/disk_room.h"
#include "http/metrics_text.h"

namespace transcribed::http {
namespace {

MetricsMoment take_moment(const MetricsSources& sources, const Router& router) {
  return {.jobs = sources.job_counts->view(),
          .by_route = sources.http_counts->by_route(),
          .router = &router,
          .body_bytes = sources.http_counts->body_bytes(),
          .connections = sources.connections(),
          .event_readers = sources.event_readers(),
          .resources = sources.jobs.status(),
          .readiness = sources.jobs.readiness(),
          .disk_free_bytes = {},
          .min_free_disk_mb = sources.storage.min_free_disk_mb,
          .version = sources.version,
          .started_at = sources.started_at};
}

}  // namespace

void add_metrics_api(Router& router, MetricsSources sources) {
  router.add(Method::get, "/metrics",
             [&router, sources = std::move(sources)](const ExchangePtr& exchange) {
               const auto moment = std::make_shared<MetricsMoment>(take_moment(sources, router));
               const auto response = std::make_shared<Response>();
               response->content_type = metrics_content_type;
               sources.pool->run(
                   [moment, response, folder = sources.storage.uploads_folder] {
                     moment->disk_free_bytes = free_bytes(folder);
                     moment->readiness =
                         with_disk_room(std::move(moment->readiness), moment->disk_free_bytes,
                                        moment->min_free_disk_mb);
                     response->body = metrics_text(*moment);
                   },
                   [exchange, response] { exchange->respond(std::move(*response)); });
             });
}

}  // namespace transcribed::http
