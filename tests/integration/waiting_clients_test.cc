// Clients that wait for the text: /v1 and /asr of the real daemon.
#include <future>

#include <boost/json/array.hpp>

#include "tests/fakes/raw_http_client.h"
#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::HasSubstr;

class WaitingClients : public DaemonTest {
 protected:
  std::future<HttpAnswer> transcribe(const std::string& bytes,
                                     std::map<std::string, std::string> fields = {}) {
    fields.emplace("model", "whisper-1");
    return std::async(std::launch::async, [client = api(), bytes, fields] {
      return client.post_form("/v1/audio/transcriptions", "file", "talk.mp3", bytes, fields);
    });
  }
  // Sends such a request and leaves the answer alone.
  std::string whole_request(const std::string& bytes, bool stream = false) const {
    const std::string body =
        std::string(stream
                        ? "--XX\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n"
                        : "") +
        "--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n"
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"talk.mp3\"\r\n\r\n" +
        bytes + "\r\n--XX--\r\n";
    return "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\n"
           "Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  std::vector<boost::json::object> jobs() {
    const boost::json::value listed = api().get("/api/jobs").json();
    std::vector<boost::json::object> out;
    for (const auto& job : listed.at("jobs").as_array()) out.push_back(job.as_object());
    return out;
  }
};

TEST_F(WaitingClients, GetTheTextOnceTheJobHasEnded) {
  start(engines_.command_model("held"));
  auto answer = transcribe("good morning", {{"response_format", "text"}});
  ASSERT_TRUE(engines_.saw("start", 1));
  EXPECT_EQ(jobs().size(), 1U);
  engines_.let_pass();
  const HttpAnswer text = answer.get();
  EXPECT_EQ(text.status, 200);
  EXPECT_EQ(text.body, "heard good morning\n");
  stop();
}

TEST_F(WaitingClients, ThatSendTheSameShareOneJob) {
  start(engines_.command_model("held"));
  auto first = transcribe("good morning");
  ASSERT_TRUE(engines_.saw("start", 1));
  auto second = transcribe("good morning");
  auto other = transcribe("good night");
  ASSERT_TRUE(engines_.saw("start", 2));
  engines_.let_pass(2);
  EXPECT_EQ(text_at(first.get().json(), "text"), "heard good morning");
  EXPECT_EQ(text_at(second.get().json(), "text"), "heard good morning");
  EXPECT_EQ(text_at(other.get().json(), "text"), "heard good night");
  EXPECT_EQ(jobs().size(), 2U);
  // Nor does asking again later cost anything.
  EXPECT_EQ(text_at(transcribe("good morning").get().json(), "text"), "heard good morning");
  EXPECT_EQ(engines_.entries("start").size(), 2U);
  stop();
}

TEST_F(WaitingClients, AreToldToComeBackWhenTheDaemonStops) {
  start(engines_.command_model("held"), {"--drain-timeout-s", "0"});
  fakes::RawHttpClient client(daemon_->port());
  client.send(whole_request("good morning"));
  ASSERT_TRUE(engines_.saw("start", 1));
  fakes::RawHttpClient streamed(daemon_->port());
  streamed.send(whole_request("good night", true));
  ASSERT_TRUE(engines_.saw("start", 2));
  stop();
  const auto told = client.read_response();
  EXPECT_EQ(told.status, 503);
  EXPECT_EQ(told.error("code"), "draining");
  EXPECT_THAT(told.error("message"), HasSubstr("send the recording again"));
  EXPECT_EQ(told.headers.at("retry-after"), "30");
  EXPECT_EQ(told.headers.at("x-should-retry"), "true");
  EXPECT_THAT(streamed.read_to_end(), HasSubstr("send the recording again"));

  start_again();
  auto again = transcribe("good morning");
  engines_.let_pass(2);
  EXPECT_EQ(text_at(again.get().json(), "text"), "heard good morning");
  EXPECT_EQ(jobs().size(), 2U);
  stop();
}

TEST_F(WaitingClients, ThatGoAwayCancelTheirJobAfterAWhile) {
  start(engines_.command_model("held"), {"--abandoned-after-s", "1"});
  {
    fakes::RawHttpClient client(daemon_->port());
    client.send(whole_request("good morning"));
    ASSERT_TRUE(engines_.saw("start", 1));
  }
  const std::string id = text_at(jobs().at(0), "id");
  EXPECT_EQ(text_at(api().wait_for(id, "cancelled"), "state"), "cancelled");
  EXPECT_TRUE(daemon_->says("Job " + id + ": nobody waits for it any more, cancelling it"));
  EXPECT_TRUE(eventually([&] { return api().slots_used() == 0; }));
  stop();
}

TEST_F(WaitingClients, ThatLeaveTheirStreamCancelTheirJob) {
  start(engines_.command_model("held"), {"--abandoned-after-s", "1"});
  {
    fakes::RawHttpClient client(daemon_->port());
    client.send(whole_request("good morning", true));
    ASSERT_TRUE(engines_.saw("start", 1));
  }
  const std::string id = text_at(jobs().at(0), "id");
  EXPECT_EQ(text_at(api().wait_for(id, "cancelled"), "state"), "cancelled");
  stop();
}

TEST_F(WaitingClients, ThatComeBackFindTheirJob) {
  start(engines_.command_model("held"), {"--abandoned-after-s", "60"});
  {
    fakes::RawHttpClient client(daemon_->port());
    client.send(whole_request("good morning"));
    ASSERT_TRUE(engines_.saw("start", 1));
  }
  auto again = transcribe("good morning");
  engines_.let_pass();
  EXPECT_EQ(text_at(again.get().json(), "text"), "heard good morning");
  EXPECT_EQ(engines_.entries("start").size(), 1U);
  stop();
}

TEST_F(WaitingClients, DoNotCancelWhatABatchWantsToo) {
  start(engines_.command_model("held"), {"--abandoned-after-s", "1"});
  std::string id;
  {
    fakes::RawHttpClient client(daemon_->port());
    client.send(whole_request("good morning"));
    ASSERT_TRUE(engines_.saw("start", 1));
    const HttpAnswer batch = api().upload("talk.mp3", "good morning", {{"deduplicate", "true"}});
    EXPECT_EQ(batch.status, 200) << "it is there already";
    id = text_at(batch.json(), "id");
  }
  {
    // It sends the recording again, and loses patience again.
    fakes::RawHttpClient client(daemon_->port());
    client.send(whole_request("good morning"));
  }
  // A second one comes and goes, so that the first's second has passed when that one is cancelled.
  {
    fakes::RawHttpClient client(daemon_->port());
    client.send(whole_request("good night"));
    ASSERT_TRUE(engines_.saw("start", 2));
  }
  EXPECT_TRUE(daemon_->says("nobody waits for it any more"));
  EXPECT_EQ(daemon_->lines_with("nobody waits for it any more").size(), 1U);
  EXPECT_EQ(api().state(id), "running");
  // Until its engine is gone, the cancelled one could be who passes.
  ASSERT_TRUE(eventually([&] { return api().slots_used() == 1; }));
  engines_.let_pass();
  EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  stop();
}

TEST_F(WaitingClients, GoBeforeTheBatch) {
  start(engines_.command_model("held"), {"--max-upload-mb", "1"});
  for (int i = 0; i < 8; ++i) api().submit(recording("batch " + std::to_string(i)));
  ASSERT_TRUE(engines_.saw("start", 5));
  auto asked = transcribe("somebody waits");
  ASSERT_TRUE(eventually([&] { return jobs().size() == 9; }));
  engines_.let_pass();
  ASSERT_TRUE(engines_.saw("start", 6));
  const std::string sixth = engines_.entries("start")[5].job;
  EXPECT_EQ(text_at(api().job(sixth), "name"), "talk.mp3");
  engines_.let_pass(8);
  EXPECT_EQ(text_at(asked.get().json(), "text"), "heard somebody waits");
  stop();
}

TEST_F(WaitingClients, HearTheTextAsItComes) {
  start(engines_.worker_model("puppet"));
  const HttpAnswer answer = api().post_form("/v1/audio/transcriptions", "file", "talk.mp3", "good",
                                            {{"model", "whisper-1"}, {"stream", "true"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.content_type, HasSubstr("text/event-stream"));
  EXPECT_THAT(answer.body, HasSubstr("data: {\"type\":\"transcript.text.delta\""));
  EXPECT_THAT(answer.body, HasSubstr("data: {\"type\":\"transcript.text.done\""));
  EXPECT_THAT(answer.body, ::testing::EndsWith("data: [DONE]\n\n"));
}

TEST_F(WaitingClients, AreToldWhyThereIsNoText) {
  start(engines_.worker_model("puppet"));
  const HttpAnswer failed = transcribe("fail").get();
  EXPECT_EQ(failed.status, 500);
  EXPECT_EQ(failed.message(), "I do not want to");
  // Sending it again would not help, and OpenAI's clients would.
  fakes::RawHttpClient client(daemon_->port());
  client.send(whole_request("fail"));
  EXPECT_EQ(client.read_response().headers.at("x-should-retry"), "false");
  const HttpAnswer streamed = transcribe("fail", {{"stream", "true"}}).get();
  EXPECT_THAT(streamed.body, HasSubstr("data: {\"error\":{"));
  EXPECT_EQ(api().post_form("/v1/audio/transcriptions", "file", "a.mp3", "x").code(),
            "model_missing");
  EXPECT_EQ(
      api().post_form("/v1/audio/transcriptions", "file", "a.mp3", "x", {{"model", "x"}}).status,
      404);
  EXPECT_EQ(api().post_form("/v1/audio/transcriptions", "audio", "a.mp3", "x").code(),
            "unknown_field");
  EXPECT_EQ(api().post("/v1/audio/transcriptions").status, 415);
}

TEST_F(WaitingClients, ACancelledJobIsTold) {
  start(engines_.command_model("held"));
  auto answer = transcribe("good morning");
  ASSERT_TRUE(engines_.saw("start", 1));
  EXPECT_EQ(api().cancel(text_at(jobs().at(0), "id")).status, 200);
  const HttpAnswer told = answer.get();
  EXPECT_EQ(told.status, 409);
  EXPECT_EQ(told.code(), "job_cancelled");
}

TEST_F(WaitingClients, SpeakTheOtherDialect) {
  start(engines_.command_model("held"));
  engines_.let_pass(3);
  const HttpAnswer text = api().post_form("/asr?output=txt", "audio_file", "a.wav", "one two");
  EXPECT_EQ(text.status, 200);
  EXPECT_EQ(text.body, "heard one two\n");
  const HttpAnswer json =
      api().post_form("/asr?output=json&encode=true", "audio_file", "a.wav", "one two");
  EXPECT_EQ(text_at(json.json(), "text"), "heard one two");
  EXPECT_EQ(engines_.entries("start").size(), 1U) << "the same recording in another format";
  EXPECT_EQ(api().post_form("/asr?output=docx", "audio_file", "a.wav", "x").status, 400);
  EXPECT_EQ(api().post_form("/asr", "file", "a.wav", "x").code(), "unknown_field");
}

TEST_F(WaitingClients, AreToldOfABadRecordingByTheNameTheyGaveIt) {
  start(engines_.worker_model("puppet"));
  const HttpAnswer openai = transcribe("bad_media").get();
  EXPECT_EQ(openai.status, 400);
  EXPECT_EQ(openai.code(), "bad_media");
  EXPECT_EQ(text_at(openai.json().at("error").as_object(), "param"), "file");
  const HttpAnswer asr = api().post_form("/asr", "audio_file", "a.wav", "bad_media");
  EXPECT_EQ(asr.status, 400);
  EXPECT_EQ(text_at(asr.json().at("error").as_object(), "param"), "audio_file");
}

}  // namespace
}  // namespace transcribed::tests
