// /metrics of the real daemon, after jobs that end in every way, and what is made to read it.
#include <fstream>
#include <regex>

#include <boost/json/parse.hpp>

#include "tests/fakes/event_client.h"
#include "tests/integration/daemon_fixture.h"
#include "tests/integration/scrape.h"

namespace transcribed::tests {
namespace {

using ::testing::HasSubstr;

std::string read(const std::string& path) {
  std::ifstream file(std::string(TRANSCRIBED_SOURCE) + "/" + path);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

class Metrics : public DaemonTest {
 protected:
  Scrape scrape() {
    const HttpAnswer answer = api().get("/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
    return Scrape(answer.body);
  }
  // Two that complete, one that fails at once, one whose engine crashes three times, one that is
  // cancelled while it runs and one in line.
  void run_jobs() {
    start("default_model = \"puppet\"\n" + engines_.worker_model("puppet") +
          engines_.command_model("held"));
    api().wait_for(api().submit(recording("done")), "completed");
    api().wait_for(api().submit(recording("done")), "completed");
    api().wait_for(api().submit(recording("fail")), "failed");
    api().wait_for(api().submit(recording("crash")), "failed");
    for (std::size_t i = 0; i < 5; ++i) held_.push_back(api().submit(recording("x"), held));
    ASSERT_TRUE(engines_.saw("start", 2 + 1 + 3 + 5));
    const std::string in_line = api().submit(recording("x"), held);
    ASSERT_EQ(api().cancel(in_line).status, 200);
    ASSERT_EQ(api().cancel(held_[0]).status, 200);
  }

  const boost::json::object held{{"model", "held"}};
  std::vector<std::string> held_;
};

TEST_F(Metrics, CountWhatBecameOfJobs) {
  run_jobs();
  const std::string waits = api().submit(recording("x"), held);
  ASSERT_TRUE(engines_.saw("start", 12)) << "it has the slot of the cancelled one";
  const std::string head = api().submit(recording("x"), held);
  ASSERT_TRUE(eventually([&] { return api().reason(head) == "slots_busy: all 5 slots busy"; }));
  const Scrape busy = scrape();
  EXPECT_EQ(busy.value("transcribed_jobs{state=\"queued\"}"), 1);
  EXPECT_EQ(busy.value("transcribed_jobs{state=\"running\"}"), 5);
  EXPECT_EQ(busy.sum("transcribed_gpu_slots_used"), 5);
  EXPECT_EQ(busy.value("transcribed_gpu_slots{gpu=\"0\"}"), 3);
  EXPECT_EQ(busy.value("transcribed_gpu_slots{gpu=\"1\"}"), 2);
  const double blocked = busy.value("transcribed_queue_blocked_seconds_total{reason=\"slot\"}");
  EXPECT_GT(blocked, 0);
  EXPECT_EQ(busy.value("transcribed_queue_blocked_seconds_total{reason=\"ram\"}"), 0);

  engines_.let_pass(6);
  api().wait_for(head, "completed");
  for (std::size_t i = 1; i < held_.size(); ++i) api().wait_for(held_[i], "completed");
  api().wait_for(waits, "completed");
  const Scrape now = scrape();
  EXPECT_EQ(now.value("transcribed_jobs{state=\"queued\"}"), 0);
  EXPECT_EQ(now.value("transcribed_jobs{state=\"running\"}"), 0);
  EXPECT_EQ(now.value("transcribed_jobs_submitted_total"), 12);
  EXPECT_EQ(now.value("transcribed_jobs_ended_total{state=\"completed\"}"), 2 + 4 + 2);
  EXPECT_EQ(now.value("transcribed_jobs_ended_total{state=\"failed\"}"), 2);
  EXPECT_EQ(now.value("transcribed_jobs_ended_total{state=\"cancelled\"}"), 2);
  EXPECT_EQ(now.value("transcribed_jobs_failed_total{kind=\"internal\"}"), 1);
  EXPECT_EQ(now.value("transcribed_jobs_failed_total{kind=\"engine_crashed\"}"), 1);
  EXPECT_EQ(now.sum("transcribed_jobs_failed_total"), 2);
  EXPECT_EQ(now.sum("transcribed_attempts_started_total"), 2 + 1 + 3 + 5 + 2);
  EXPECT_EQ(now.value("transcribed_attempts_ended_total{outcome=\"completed\"}"), 8);
  EXPECT_EQ(now.value("transcribed_attempts_ended_total{outcome=\"failed\"}"), 1);
  EXPECT_EQ(now.value("transcribed_attempts_ended_total{outcome=\"lost\"}"), 3);
  EXPECT_EQ(now.value("transcribed_attempts_ended_total{outcome=\"cancelled\"}"), 1);
  EXPECT_EQ(now.value("transcribed_attempts_lost_total{kind=\"engine_crashed\"}"), 3);
  EXPECT_EQ(now.value("transcribed_job_queue_seconds_count"), 13);
  EXPECT_EQ(now.value("transcribed_job_wait_seconds_count{reason=\"slot\"}"), 13);
  EXPECT_GE(now.value("transcribed_job_wait_seconds_sum{reason=\"slot\"}"), blocked);
  // The puppet says that each of its recordings is 1.5 s long.
  EXPECT_EQ(now.value("transcribed_audio_seconds_total{model=\"puppet\",gpu=\"0\"}"), 3);
  EXPECT_EQ(now.value("transcribed_real_time_factor_count{model=\"puppet\",gpu=\"0\"}"), 2);
  EXPECT_GT(now.value("transcribed_real_time_factor_sum{model=\"puppet\",gpu=\"0\"}"), 0);
  stop();
}

TEST_F(Metrics, CountRequestsAndTellOfTheMachine) {
  start(engines_.command_model("held"));
  const Scrape first = scrape();
  const auto resources = api().get("/api/resources").json();
  api().get("/api/jobs/zzz");
  api().get("/no/such/thing?with=words");
  const std::string bytes(100'000, 'x');
  ASSERT_EQ(api().upload("a.wav", bytes).status, 201);
  fakes::EventClient reader(daemon_->port(), "/api/events", {});
  reader.wait_for_place();
  const Scrape now = scrape();
  const auto requests = [&](const std::string& labels) {
    return now.value("transcribed_http_requests_total{" + labels + "}");
  };
  EXPECT_EQ(requests(R"(method="GET",route="/metrics",status="2xx")"), 1) << "not itself";
  EXPECT_EQ(requests(R"(method="GET",route="/api/resources",status="2xx")"), 1);
  EXPECT_EQ(requests(R"(method="GET",route="/api/jobs/{id}",status="4xx")"), 1);
  EXPECT_EQ(requests(R"(method="GET",route="none",status="4xx")"), 1);
  EXPECT_EQ(requests(R"(method="POST",route="/api/jobs",status="2xx")"), 1);
  EXPECT_EQ(
      now.value(
          R"(transcribed_http_request_duration_seconds_count{method="POST",route="/api/jobs"})"),
      1);
  const std::string received = "transcribed_http_request_body_bytes_total";
  EXPECT_GE(now.value(received) - first.value(received), bytes.size());
  EXPECT_LE(now.value(received) - first.value(received), bytes.size() + 1000.0) << "and its form";
  EXPECT_EQ(now.value("transcribed_event_readers"), 1);
  EXPECT_GE(now.value("transcribed_http_connections"), 2);

  constexpr double mb = 1'048'576;
  EXPECT_EQ(now.value("transcribed_ram_total_bytes"),
            mb * static_cast<double>(number_at(resources, "system_ram_mb")));
  EXPECT_GT(now.value("transcribed_ram_available_bytes"), 0);
  EXPECT_EQ(now.value("transcribed_ram_threshold_bytes"), mb) << "--min-system-ram-mb 1";
  EXPECT_EQ(now.value("transcribed_gpu_vram_total_bytes{gpu=\"0\"}"), 12227 * mb);
  EXPECT_EQ(now.value(R"(transcribed_gpu_info{gpu="1",name="RTX 2080 Super"})"), 1);
  EXPECT_GT(now.value("transcribed_disk_free_bytes"), 0);
  EXPECT_EQ(now.value("transcribed_ready"), 1);
  EXPECT_EQ(now.sum("transcribed_build_info"), 1);
  const double started = now.value("process_start_time_seconds");
  const double since =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count() -
      started;
  EXPECT_GE(since, 0);
  EXPECT_LT(since, 3600);
}

TEST_F(Metrics, NeedAKeyAsEverythingElse) {
  const std::string key = "a-key-nobody-guesses";
  start("[server]\napi_key = \"" + key + "\"\n" + engines_.command_model("held"));
  EXPECT_EQ(api().get("/metrics").status, 401);
  const HttpAnswer answer = ApiClient(daemon_->port(), key).get("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(
      Scrape(answer.body)
          .value(R"(transcribed_http_requests_total{method="GET",route="/metrics",status="4xx"})"),
      1);
}

// | `name` | type | `label`, `label` | meaning |
TEST_F(Metrics, AreThoseOfTheirPage) {
  run_jobs();
  const Scrape now = scrape();
  const std::regex row(R"(\| `(\w+)` \| (\w+) \|([^|]*)\| [^|]+ \|)");
  const std::regex word(R"(`(\w+)`)");
  std::set<std::string> on_page;
  std::istringstream lines(read("docs/metrics.md"));
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    const std::string name = match[1];
    EXPECT_TRUE(on_page.insert(name).second) << name << " is there twice";
    const auto family = now.families().find(name);
    if (family == now.families().end()) {
      ADD_FAILURE() << name << " is on the page only";
      continue;
    }
    EXPECT_EQ(match[2], family->second.type) << name;
    const std::string cell = match[3];
    std::set<std::string> labels;
    for (std::sregex_iterator at(cell.begin(), cell.end(), word), end; at != end; ++at) {
      labels.insert((*at)[1]);
    }
    EXPECT_EQ(labels, family->second.labels) << name;
  }
  for (const auto& [name, family] : now.families()) EXPECT_TRUE(on_page.contains(name)) << name;
}

// What the files that come along read is there.
TEST_F(Metrics, AreWhatTheDashboardAndTheAlertsRead) {
  run_jobs();
  const Scrape now = scrape();
  const std::regex name(R"(\b(?:transcribed|process)_[a-z0-9_]+\b)");
  for (const char* path : {"deploy/grafana/transcribed.json", "deploy/prometheus/alerts.yml"}) {
    const std::string text = read(path);
    int names = 0;
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at, ++names) {
      EXPECT_TRUE(now.has_name(at->str())) << path << " reads " << at->str();
    }
    EXPECT_GT(names, 5) << path;
  }
}

TEST(Dashboard, IsOneThatGrafanaImports) {
  const auto dashboard = boost::json::parse(read("deploy/grafana/transcribed.json")).as_object();
  EXPECT_FALSE(dashboard.at("title").as_string().empty());
  EXPECT_TRUE(dashboard.at("id").is_null()) << "Grafana gives its own";
  EXPECT_GE(dashboard.at("schemaVersion").as_int64(), 38) << "Grafana 10";
  const auto& variables = dashboard.at("templating").at("list").as_array();
  EXPECT_EQ(variables.at(0).at("type").as_string(), "datasource");
  EXPECT_EQ(variables.at(0).at("query").as_string(), "prometheus");
  std::set<std::int64_t> ids;
  for (const auto& panel : dashboard.at("panels").as_array()) {
    EXPECT_TRUE(ids.insert(panel.at("id").as_int64()).second) << "an id twice";
    const auto& place = panel.at("gridPos").as_object();
    EXPECT_LE(place.at("x").as_int64() + place.at("w").as_int64(), 24);
    if (panel.at("type").as_string() == "row") continue;
    EXPECT_EQ(panel.at("datasource").at("uid").as_string(), "${datasource}");
    for (const auto& target : panel.at("targets").as_array()) {
      EXPECT_THAT(std::string(target.at("expr").as_string()), HasSubstr("_"));
    }
  }
}

}  // namespace
}  // namespace transcribed::tests
