#include "http/history_api.h"

#include <cmath>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "wire/job_json.h"
#include "wire/json_text.h"

namespace transcribed::http {

void add_history_api(Router& router, std::function<std::vector<scheduler::UsageSample>()> samples) {
  router.add(Method::get, "/api/history",
             [samples = std::move(samples)](const ExchangePtr& exchange) {
               boost::json::array list;
               for (const scheduler::UsageSample& one : samples()) {
                 boost::json::object sample;
                 sample["at"] = wire::to_rfc3339(one.at);
                 sample["slots_used"] = one.slots_used;
                 sample["slots_max"] = one.slots_max;
                 sample["ram_available_mb"] = one.ram_available_mb;
                 sample["ram_promised_mb"] = one.ram_promised_mb;
                 sample["pending_jobs"] = one.pending_jobs;
                 sample["audio_seconds"] = std::round(one.audio_seconds * 10) / 10;
                 list.push_back(std::move(sample));
               }
               boost::json::object body;
               body["interval_seconds"] = scheduler::UsageHistory::interval.count();
               body["samples"] = std::move(list);
               Response response;
               response.body = wire::to_text(body);
               response.body += '\n';
               exchange->respond(std::move(response));
             });
}

}  // namespace transcribed::http
