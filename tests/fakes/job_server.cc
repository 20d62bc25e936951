#include "tests/fakes/job_server.h"

#include <algorithm>
#include <chrono>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

namespace transcribed::fakes {

namespace json = boost::json;

ScriptedAnswer error_answer(int status, const std::string& message, const std::string& param) {
  json::object error{{"message", message}, {"type", "invalid_request_error"}, {"code", "scripted"}};
  error["param"] = param.empty() ? json::value(nullptr) : json::value(param);
  ScriptedAnswer answer;
  answer.status = status;
  answer.body = json::serialize(json::object{{"error", error}});
  return answer;
}

JobServer::JobServer()
    : server_([this](const ScriptedRequest& request) { return answer(request); },
              [this](const ScriptedRequest& request) -> std::optional<ScriptedAnswer> {
                const std::lock_guard lock(mutex_);
                return early_ ? early_(request) : std::nullopt;
              }) {}

void JobServer::script(const std::string& name, JobScript script) {
  const std::lock_guard lock(mutex_);
  scripts_[name] = std::move(script);
}

void JobServer::intercept(ScriptedHttpServer::Handler handler,
                          std::function<bool(const ScriptedRequest&)> applies) {
  const std::lock_guard lock(mutex_);
  intercept_ = std::move(handler);
  applies_ = std::move(applies);
}

void JobServer::intercept_early(ScriptedHttpServer::EarlyHandler handler) {
  const std::lock_guard lock(mutex_);
  early_ = std::move(handler);
}

void JobServer::forget_jobs() {
  const std::lock_guard lock(mutex_);
  jobs_.clear();
}

void JobServer::complete_all() {
  const std::lock_guard lock(mutex_);
  for (Job& job : jobs_) {
    if (job.state() == "cancelled") continue;
    job.script.steps = {"completed"};
    job.step = 0;
  }
}

std::vector<JobServer::Seen> JobServer::jobs() {
  const std::lock_guard lock(mutex_);
  std::vector<Seen> seen;
  for (const Job& job : jobs_) seen.push_back({job.id, job.name, job.state(), job.form});
  return seen;
}

std::vector<std::string> JobServer::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool JobServer::wait_until(const std::function<bool(const std::vector<std::string>&)>& enough) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return enough(requests_); });
}

ScriptedAnswer JobServer::answer(const ScriptedRequest& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request.method + " " + request.target);
  changed_.notify_all();
  if (applies_ && applies_(request)) return intercept_(request);
  return usual_answer(request);
}

ScriptedAnswer JobServer::usual_answer(const ScriptedRequest& request) {
  if (request.target == "/api/resources") {
    return {
        .body =
            R"({"gpus":[{"id":0,"name":"RTX 5070 Ti","total_mb":12227,"slots_used":2,)"
            R"("slots_max":3,"slots_quarantined":1,"enabled":true,"vram_used_mb":6000,"loaded":[)"
            R"({"model":"medium","jobs":2,"vram_mb":2900,"device":"Vulkan0"},)"
            R"({"model":"tiny","jobs":0,"vram_mb":0,"device":null}]},)"
            R"({"id":1,"name":"RTX 2080 Super","total_mb":8192,)"
            R"("slots_used":1,"slots_max":2}],"system_ram_mb":32768,)"
            R"("system_ram_available_mb":24500,"system_ram_promised_mb":2000,)"
            R"("min_system_ram_mb":4000,"pending_jobs":4})"};
  }
  if (request.target == "/api/models") {
    return {.body = R"({"models":[{"name":"medium"},{"name":"tiny"}]})"};
  }
  if (request.method == "POST" && request.target == "/api/jobs") return take_submission(request);
  if (request.method == "GET" && request.target.rfind("/api/jobs?", 0) == 0) {
    return list(request.target.substr(std::string("/api/jobs").size()));
  }
  const std::string prefix = "/api/jobs/";
  if (request.target.rfind(prefix, 0) == 0) {
    const std::string rest = request.target.substr(prefix.size());
    const std::size_t slash = rest.find('/');
    return about_job(request, rest.substr(0, slash),
                     slash == std::string::npos ? "" : rest.substr(slash + 1));
  }
  return error_answer(404, "There is nothing at " + request.target + ".");
}

ScriptedAnswer JobServer::take_submission(const ScriptedRequest& request) {
  Job job;
  job.form = request.body;
  const auto type = request.headers.find("content-type");
  bool joins = false;
  if (type != request.headers.end() && type->second == "application/json") {
    const json::value body = json::parse(request.body);
    job.recording = json::value_to<std::string>(body.at("url"));
    const auto* name = body.as_object().if_contains("name");
    job.name = name != nullptr ? json::value_to<std::string>(*name) : job.recording;
  } else {
    const std::string mark = "filename=\"";
    const std::size_t from = request.body.find(mark);
    if (from == std::string::npos) return error_answer(400, "no file", "file");
    const std::size_t begin = from + mark.size();
    job.name = request.body.substr(begin, request.body.find('"', begin) - begin);
    // What follows the part's headers, to the line break before the last boundary.
    const std::size_t content = request.body.find("\r\n\r\n", begin) + 4;
    job.recording = request.body.substr(content, request.body.rfind("\r\n--") - content);
    joins = request.body.find("name=\"deduplicate\"\r\n\r\ntrue\r\n") < from;
  }
  const auto same = std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& one) {
    return one.recording == job.recording && one.state() != "failed" && one.state() != "cancelled";
  });
  if (joins && same != jobs_.end()) return {.body = to_json(*same)};
  job.id = "job" + std::to_string(++submissions_);
  const auto found = scripts_.find(job.name);
  job.script = found != scripts_.end() ? found->second : scripts_[""];
  jobs_.push_back(job);
  return {.status = 201, .body = to_json(job)};
}

ScriptedAnswer JobServer::list(const std::string& query) {
  std::string list;
  for (const Job& job : jobs_) {
    const std::size_t state = query.find("state=");
    if (state != std::string::npos && query.compare(state + 6, job.state().size(), job.state())) {
      continue;
    }
    list += (list.empty() ? "" : ",") + to_json(job);
  }
  return {.body = "{\"jobs\":[" + list + "],\"next_cursor\":null}"};
}

ScriptedAnswer JobServer::move(Job& job, const std::string& body) {
  if (job.state() != "queued") return error_answer(409, "The job is " + job.state() + ".");
  const auto to = json::value_to<std::string>(json::parse(body).at("to"));
  if (to != "front" && to != "back") {
    return error_answer(400, "\"to\" must be \"front\" or \"back\".", "to");
  }
  const Job moved = job;
  std::erase_if(jobs_, [&](const Job& one) { return one.id == moved.id; });
  jobs_.insert(to == "front" ? jobs_.begin() : jobs_.end(), moved);
  return {.body = to_json(moved)};
}

ScriptedAnswer JobServer::about_job(const ScriptedRequest& request, const std::string& id,
                                    const std::string& action) {
  const auto job =
      std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& one) { return one.id == id; });
  if (job == jobs_.end()) return error_answer(404, "There is no job " + id + ".");
  const bool ended =
      job->state() == "completed" || job->state() == "failed" || job->state() == "cancelled";
  if (action.rfind("transcript?", 0) == 0) {
    ScriptedAnswer answer;
    answer.content_type = "text/plain; charset=utf-8";
    answer.body = job->script.transcript;
    return answer;
  }
  if (action == "move") return move(*job, request.body);
  if (request.method == "DELETE" || action == "cancel" || action == "retry") {
    if ((action == "cancel") == ended) return error_answer(409, "The job is " + job->state() + ".");
    if (!action.empty()) {
      job->script.steps = {action == "cancel" ? "cancelled" : "queued"};
      job->step = 0;
    }
    return {.body = to_json(*job)};
  }
  if (job->step + 1 < job->script.steps.size()) ++job->step;
  return {.body = to_json(*job)};
}

std::string JobServer::to_json(const Job& job) {
  const std::string& state = job.state();
  json::object object{{"id", job.id},
                      {"state", state},
                      {"model", "medium"},
                      {"name", job.name},
                      {"created_at", "2026-08-01T22:15:03.120Z"},
                      {"started_at", nullptr},
                      {"ended_at", nullptr},
                      {"attempt", state == "queued" ? 0 : 1},
                      {"gpu_id", nullptr},
                      {"progress", state == "running" ? 0.5 : 0.0},
                      {"audio_seconds", nullptr},
                      {"reason", nullptr},
                      {"error", nullptr},
                      {"priority", 0},
                      {"lost_attempts", json::array{}}};
  if (state == "queued") {
    object["reason"] = json::object{{"code", "slots_busy"}, {"message", job.script.reason}};
  }
  if (state == "running") object["gpu_id"] = 1;
  if (job.script.audio_seconds > 0) object["audio_seconds"] = job.script.audio_seconds;
  if (state == "failed") {
    object["error"] = json::object{{"kind", "bad_media"}, {"message", job.script.error}};
    object["lost_attempts"] = json::array{json::object{
        {"attempt", 1}, {"kind", "engine_crashed"}, {"message", "the engine died of signal 11"}}};
  }
  return json::serialize(object);
}

}  // namespace transcribed::fakes
