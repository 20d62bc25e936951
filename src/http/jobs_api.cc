#include "http/jobs_api.h"

#include <charconv>

#include "http/query.h"
#include "http/transcript_api.h"
#include "wire/job_json.h"
#include "wire/json_text.h"

namespace transcribed::http {
namespace {

using scheduler::JobView;
using scheduler::Refusal;

constexpr int default_limit = 50;
constexpr int largest_limit = 1000;

void answer_with_job(const ExchangePtr& exchange, const tl::expected<JobView, Refusal>& answer) {
  if (!answer) {
    exchange->respond(to_response(to_error(answer.error())));
    return;
  }
  Response response;
  response.body = wire::to_text(wire::to_json(answer->job, answer->progress, answer->reason));
  response.body += '\n';
  exchange->respond(std::move(response));
}

scheduler::Answer<JobView> job_answer(ExchangePtr exchange) {
  return [exchange = std::move(exchange)](tl::expected<JobView, Refusal> answer) {
    answer_with_job(exchange, answer);
  };
}

tl::expected<ports::ListQuery, ApiError> read_list_query(const Exchange& exchange) {
  auto query = parse_query(exchange.query(), {"state", "limit", "cursor"});
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

Response list_page(const std::vector<JobView>& jobs, std::size_t limit) {
  const auto shown = std::min(jobs.size(), limit);
  boost::json::array list;
  list.reserve(shown);
  for (std::size_t i = 0; i < shown; ++i) {
    list.push_back(wire::to_json(jobs[i].job, jobs[i].progress, jobs[i].reason));
  }
  boost::json::object page;
  page["jobs"] = std::move(list);
  if (jobs.size() > limit) {
    page["next_cursor"] = jobs[shown - 1].job.id.to_string();
  } else {
    page["next_cursor"] = nullptr;
  }
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
  const auto limit = static_cast<std::size_t>(query->limit);
  ++query->limit;  // one more tells whether there is a next page
  jobs.list(std::move(*query), [exchange, limit](const std::vector<JobView>& found) {
    exchange->respond(list_page(found, limit));
  });
}

// A handler that needs the job's id; what is no id names no job.
Handler with_id(std::function<void(core::JobId, ExchangePtr)> handler) {
  return [handler = std::move(handler)](ExchangePtr exchange) {
    const auto id = core::JobId::parse(exchange->path_parameter("id"));
    if (!id) {
      exchange->respond(to_response(to_error(
          Refusal{Refusal::Why::not_found,
                  "There is no job \"" + std::string(exchange->path_parameter("id")) + "\"."})));
      return;
    }
    handler(*id, std::move(exchange));
  };
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
             with_id([&jobs](core::JobId id, ExchangePtr exchange) {
               jobs.retry(id, job_answer(std::move(exchange)));
             }));
  router.add(Method::get, "/api/jobs/{id}/transcript",
             with_id([&jobs](core::JobId id, ExchangePtr exchange) {
               send_transcript(jobs, id, std::move(exchange));
             }));
}

}  // namespace transcribed::http
