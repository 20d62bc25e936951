// Recordings from URLs and webhooks: the real daemon and its real fetcher, against servers on this
// machine, which the configuration must allow.
#include <condition_variable>
#include <fstream>
#include <iterator>
#include <mutex>

#include <boost/json/parse.hpp>

#include "tests/fakes/file_server.h"
#include "tests/integration/daemon_fixture.h"
#include "wire/webhook_signature.h"

namespace transcribed::tests {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

// Takes webhooks, and answers them as it is told to.
class Receiver {
 public:
  std::string url() const { return server_.url() + "/hook/SECRET"; }
  void answer_next(std::vector<int> statuses) {
    const std::lock_guard lock(mutex_);
    statuses_ = std::move(statuses);
  }
  // All so far, once there are that many.
  std::vector<fakes::ScriptedRequest> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return seen_.size() >= count; }));
    return seen_;
  }

 private:
  fakes::ScriptedAnswer take(const fakes::ScriptedRequest& request) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(request);
    changed_.notify_all();
    fakes::ScriptedAnswer answer;
    answer.status = 204;
    if (!statuses_.empty()) {
      answer.status = statuses_.front();
      statuses_.erase(statuses_.begin());
    }
    return answer;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> statuses_;
  std::vector<fakes::ScriptedRequest> seen_;
  // Last: its threads use all of the above.
  fakes::ScriptedHttpServer server_{
      [this](const fakes::ScriptedRequest& request) { return take(request); }};
};

class OutgoingTest : public DaemonTest {
 protected:
  std::string submit_url(const std::string& url, json::object more = {}) {
    more["url"] = url;
    const HttpAnswer answer = api().post("/api/jobs", more);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return text_at(answer.json(), "id");
  }
  // As a receiver would.
  static void expect_signed(const fakes::ScriptedRequest& request, const std::string& secret) {
    EXPECT_EQ(request.headers.at("webhook-signature"),
              wire::webhook_signature(
                  *wire::parse_webhook_secret(secret), request.headers.at("webhook-id"),
                  std::stoll(request.headers.at("webhook-timestamp")), request.body));
  }
  std::string kept_secret() const {
    std::ifstream in(data_folder() / "webhook.secret");
    std::string secret;
    std::getline(in, secret);
    return secret;
  }

  const std::vector<std::string> allowed_{"--allowed-networks", "127.0.0.1"};
};

TEST_F(OutgoingTest, ARecordingIsFetchedAndTranscribed) {
  fakes::FileServer server("good morning");
  start(engines_.command_model("held"), allowed_);
  const std::string id = submit_url(server.url() + "/talks/monday.mp3?key=1");
  engines_.let_pass();
  const json::object job = api().wait_for(id, "completed");
  EXPECT_EQ(text_at(job, "name"), "monday.mp3");
  EXPECT_EQ(text_at(job, "source_url"), server.url() + "/talks/monday.mp3?key=1");
  EXPECT_EQ(api().transcript(id, "txt"), "heard good morning\n");
  EXPECT_TRUE(std::filesystem::exists(data_folder() / "uploads" / id));
  EXPECT_EQ(api().remove("/api/jobs/" + id).status, 200);
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(data_folder() / "uploads" / id); }));
  stop();
}

TEST_F(OutgoingTest, WhatOnlyThisMachineReachesIsRefused) {
  fakes::FileServer server("secret");
  start(engines_.command_model("held"));
  const std::string id = submit_url(server.url() + "/admin");
  const json::object job = api().wait_for(id, "failed");
  EXPECT_EQ(text_at(job.at("error").as_object(), "kind"), "fetch_failed");
  EXPECT_THAT(text_at(job.at("error").as_object(), "message"), HasSubstr("(loopback)"));
  EXPECT_TRUE(server.requests().empty());
  EXPECT_EQ(api().post("/api/jobs", {{"url", "file:///etc/passwd"}}).code(), "bad_value");
  EXPECT_EQ(api().post("/api/jobs", {{"url", server.url()}, {"path", "/a"}}).code(), "bad_value");
  EXPECT_EQ(api().post("/api/jobs", {{"url", server.url()}, {"deduplicate", true}}).code(),
            "bad_value");
  stop();
}

TEST_F(OutgoingTest, AFetchGoesOnAfterTheDaemonWasKilled) {
  fakes::FileServer server("good morning");
  server.hold_from(1);
  start(engines_.command_model("held"), allowed_);
  const std::string id = submit_url(server.url() + "/talk.mp3");
  ASSERT_TRUE(server.wait_for_requests(1));
  EXPECT_EQ(api().reason(id), "fetching: its recording is being fetched");
  daemon_->kill();
  EXPECT_TRUE(eventually([&] { return nothing_left_of(data_folder()); })) << "the fetcher, too";
  server.release();
  start_again();
  engines_.let_pass();
  EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  EXPECT_EQ(server.requests().size(), 2U);
  stop();
}

TEST_F(OutgoingTest, ACancelEndsAFetch) {
  fakes::FileServer server("good morning");
  server.hold_from(1);
  start(engines_.command_model("held"), allowed_);
  const std::string id = submit_url(server.url() + "/talk.mp3");
  ASSERT_TRUE(server.wait_for_requests(1));
  EXPECT_EQ(text_at(api().cancel(id).json(), "state"), "cancelled");
  EXPECT_TRUE(eventually([&] { return std::filesystem::is_empty(data_folder() / "uploads"); }));
  // Later there it is.
  server.release();
  EXPECT_EQ(api().retry(id).status, 200);
  engines_.let_pass();
  EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  stop();
}

TEST_F(OutgoingTest, WhoAskedIsToldWithASignature) {
  Receiver receiver;
  start(engines_.command_model("held"), allowed_);
  const std::string id =
      text_at(api().upload("talk.mp3", "good", {{"callback_url", receiver.url()}}).json(), "id");
  engines_.let_pass();
  const auto seen = receiver.wait_for(1);
  EXPECT_EQ(seen[0].target, "/hook/SECRET");
  const json::object event = json::parse(seen[0].body).as_object();
  EXPECT_EQ(text_at(event, "type"), "transcription.completed");
  EXPECT_EQ(text_at(event.at("data").as_object(), "id"), id);
  EXPECT_EQ(text_at(event, "id"), seen[0].headers.at("webhook-id"));
  expect_signed(seen[0], kept_secret());
  stop();
  EXPECT_TRUE(daemon_->lines_with("SECRET").empty()) << "keys in URLs stay out of the log";
}

TEST_F(OutgoingTest, AWebhookThatFailedIsSentAfterARestart) {
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  Receiver receiver;
  receiver.answer_next({500});
  // In the configuration, this machine needs nobody's leave.
  start(engines_.command_model("held") + "\n[outgoing]\nwebhook_urls = [\"" + receiver.url() +
        "\"]\nwebhook_secret = \"" + secret + "\"\n");
  const std::string id = api().submit(recording("good"));
  engines_.let_pass();
  const auto first = receiver.wait_for(1);
  ASSERT_TRUE(daemon_->says("failed, again in"));
  daemon_->kill();
  start_again();
  const auto both = receiver.wait_for(2);
  EXPECT_EQ(both[1].headers.at("webhook-id"), both[0].headers.at("webhook-id"));
  EXPECT_EQ(both[1].body, both[0].body);
  expect_signed(both[1], secret);
  EXPECT_FALSE(std::filesystem::exists(data_folder() / "webhook.secret"));
  stop();
}

}  // namespace
}  // namespace transcribed::tests
