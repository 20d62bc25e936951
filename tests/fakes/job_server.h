// A stand-in for the daemon's HTTP API on top of the scripted server: jobs go through states that a
// test names, one step each time somebody asks. A submission with "deduplicate" joins a job of the
// same recording that is queued, runs or is completed. Members may be called from the test's
// thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/fakes/scripted_http_server.h"

namespace transcribed::fakes {

// What a job of this name does. The last step stays.
struct JobScript {
  std::vector<std::string> steps{"queued", "running", "completed"};
  std::string reason = "all 5 slots busy, 3rd in line";   // while queued
  std::string error = "the recording cannot be decoded";  // when failed
  std::string transcript = "hello\n";
  double audio_seconds = 0;  // 0: not known
};

class JobServer {
 public:
  JobServer();

  std::string url() const { return server_.url(); }
  ScriptedHttpServer& http() { return server_; }

  // By the name of the uploaded file, or the address to fetch; "" for all others.
  void script(const std::string& name, JobScript script);
  // Looked at before the usual answer; nothing leaves it to that.
  void intercept(ScriptedHttpServer::Handler handler,
                 std::function<bool(const ScriptedRequest&)> applies);
  void intercept_early(ScriptedHttpServer::EarlyHandler handler);

  // Every job is gone, as from a server that begins with an empty folder.
  void forget_jobs();
  // Lets held jobs (those whose script ends in "running") complete.
  void complete_all();

  struct Seen {
    std::string id, name, state;
    std::string form;  // the whole body, as it came
  };
  std::vector<Seen> jobs();
  std::vector<std::string> requests();  // "GET /api/jobs/j1"
  // Until `enough` of the requests holds; false after a long time.
  bool wait_until(const std::function<bool(const std::vector<std::string>&)>& enough);

 private:
  struct Job {
    std::string id, name, form, recording;
    JobScript script;
    std::size_t step = 0;
    const std::string& state() const { return script.steps[step]; }
  };
  ScriptedAnswer answer(const ScriptedRequest& request);
  ScriptedAnswer usual_answer(const ScriptedRequest& request);
  ScriptedAnswer take_submission(const ScriptedRequest& request);
  ScriptedAnswer list(const std::string& query);
  ScriptedAnswer move(Job& job, const std::string& body);
  ScriptedAnswer about_job(const ScriptedRequest& request, const std::string& id,
                           const std::string& action);
  static std::string to_json(const Job& job);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, JobScript> scripts_;
  std::vector<Job> jobs_;  // those that wait, in the order of the queue
  std::size_t submissions_ = 0;
  std::vector<std::string> requests_;
  ScriptedHttpServer::Handler intercept_;
  std::function<bool(const ScriptedRequest&)> applies_;
  ScriptedHttpServer::EarlyHandler early_;
  ScriptedHttpServer server_;  // last: its threads use all of the above
};

ScriptedAnswer error_answer(int status, const std::string& message, const std::string& param = "");

}  // namespace transcribed::fakes
