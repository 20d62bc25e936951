#include "http/jobs_api.h"

#include <charconv>

#include <boost/json/parse.hpp>

#include "http/body_reader.h"
#include "http/job_route.h"
#include "http/job_waiters.h"
#include "http/query.h"
#include "http/transcript_api.h"
#include "http/transcript_edit.h"
#include "wire/job_json.h"
#include "wire/json_text.h"

namespace transcribed::http {
namespace {

using scheduler::JobView;
using scheduler::Refusal;

constexpr int default_limit = 50;
constexpr int largest_limit = 1000;
constexpr std::size_t move_limit_bytes = 4096;

void answer_with_job(const ExchangePtr& exchange, const tl::expected<JobView, Refusal>& answer) {
  if (!answer) {
    exchange->respond(to_response(to_error(answer.error())));
    return;
  }
  Response response;
  response.body =
      wire::to_text(wire::to_json(answer->job, answer->progress, answer->reason, answer->eta_s));
  response.body += '\n';
  exchange->respond(std::move(response));
}

scheduler::Answer<JobView> job_answer(ExchangePtr exchange) {
  return [exchange = std::move(exchange)](tl::expected<JobView, Refusal> answer) {
    answer_with_job(exchange, answer);
  };
}

tl::expected<ports::ListQuery, ApiError> read_list_query(const Exchange& exchange) {
  auto query = parse_query(exchange.query(), {"state", "model", "search", "limit", "cursor"});
  if (!query) return tl::make_unexpected(std::move(query.error()));
  ports::ListQuery result;
  result.limit = default_limit;
  if (const auto state = query->find("state"); state != query->end()) {
    result.state = core::parse_job_state(state->second);
    if (!result.state) {
      return tl::make_unexpected(bad_request(
          "bad_value", "\"state\" must be queued, running, completed, failed or cancelled.",
          "state"));
    }
  }
  if (const auto model = query->find("model"); model != query->end()) result.model = model->second;
  if (const auto search = query->find("search"); search != query->end()) {
    result.search = search->second;
  }
  if (const auto limit = query->find("limit"); limit != query->end()) {
    const auto& text = limit->second;
    const auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), result.limit);
    if (failure != std::errc{} || end != text.data() + text.size() || result.limit < 1 ||
        result.limit > largest_limit) {
      return tl::make_unexpected(
          bad_request("bad_value", "\"limit\" must be a whole number from 1 to 1000.", "limit"));
    }
  }
  if (const auto cursor = query->find("cursor"); cursor != query->end()) {
    result.before = core::JobId::parse(cursor->second);
    if (!result.before) {
      return tl::make_unexpected(bad_request(
          "bad_value", "\"cursor\" must be the next_cursor of an earlier answer.", "cursor"));
    }
  }
  return result;
}

Response list_page(const scheduler::JobPage& jobs) {
  boost::json::array list;
  list.reserve(jobs.jobs.size());
  for (const JobView& one : jobs.jobs) {
    list.push_back(wire::to_json(one.job, one.progress, one.reason, one.eta_s));
  }
  boost::json::object page;
  page["jobs"] = std::move(list);
  page["next_cursor"] =
      jobs.next ? boost::json::value(jobs.next->to_string()) : boost::json::value(nullptr);
  Response response;
  response.body = wire::to_text(page);
  response.body += '\n';
  return response;
}

void list_jobs(scheduler::JobService& jobs, ExchangePtr exchange) {
  auto query = read_list_query(*exchange);
  if (!query) {
    exchange->respond(to_response(query.error()));
    return;
  }
  jobs.list(*query,
            [exchange](const scheduler::JobPage& page) { exchange->respond(list_page(page)); });
}

// {"to": "front" | "back"}
void move_job(scheduler::JobService& jobs, core::JobId id, ExchangePtr exchange) {
  read_body(exchange, move_limit_bytes, [&jobs, id, exchange](const std::string& body) {
    boost::system::error_code failure;
    const auto value = boost::json::parse(body, failure);
    const auto* object = failure ? nullptr : value.if_object();
    const auto* to = object == nullptr ? nullptr : object->if_contains("to");
    const std::string where = to != nullptr && to->is_string() ? to->get_string().c_str() : "";
    if (where != "front" && where != "back") {
      exchange->respond(to_response(bad_request(
          "bad_value", R"(A job is moved with the JSON body {"to": "front"} or {"to": "back"}.)",
          "to")));
      return;
    }
    jobs.move(id, where == "front" ? scheduler::MoveTo::front : scheduler::MoveTo::back,
              job_answer(exchange));
  });
}

}  // namespace

void add_jobs_api(Router& router, const SubmissionContext& context) {
  auto& jobs = context.jobs;
  router.add(Method::post, "/api/jobs",
             [&context](ExchangePtr exchange) { take_submission(context, std::move(exchange)); });
  router.add(Method::get, "/api/jobs",
             [&jobs](ExchangePtr exchange) { list_jobs(jobs, std::move(exchange)); });
  router.add(Method::get, "/api/jobs/{id}", with_id([&jobs](core::JobId id, ExchangePtr exchange) {
               jobs.view(id, job_answer(std::move(exchange)));
             }));
  router.add(Method::delete_, "/api/jobs/{id}",
             with_id([&jobs](core::JobId id, ExchangePtr exchange) {
               jobs.remove(id, job_answer(std::move(exchange)));
             }));
  router.add(Method::post, "/api/jobs/{id}/cancel",
             with_id([&jobs](core::JobId id, ExchangePtr exchange) {
               jobs.cancel(id, job_answer(std::move(exchange)));
             }));
  router.add(Method::post, "/api/jobs/{id}/retry",
             with_id([&context](core::JobId id, ExchangePtr exchange) {
               context.waiters.keep(id);
               context.jobs.retry(id, job_answer(std::move(exchange)));
             }));
  router.add(Method::post, "/api/jobs/{id}/move",
             with_id([&jobs](core::JobId id, ExchangePtr exchange) {
               move_job(jobs, id, std::move(exchange));
             }));
  router.add(Method::get, "/api/jobs/{id}/transcript",
             with_id([&context](core::JobId id, ExchangePtr exchange) {
               send_transcript(context, id, std::move(exchange));
             }));
  add_transcript_edits(router, context);
}

}  // namespace transcribed::http
