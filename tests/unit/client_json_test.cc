#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "client/job_api.h"
#include "client/job_info.h"
#include "client/server_address.h"

namespace transcribed::client {
namespace {

using testing::HasSubstr;
using testing::Not;

std::optional<JobInfo> read(std::string_view text) {
  return read_job(boost::json::parse(text).as_object());
}

TEST(JobInfo, ReadsAJob) {
  const auto job = read(
      R"({"id":"j1","state":"running","model":"m","name":"n","attempt":2,"gpu_id":1,)"
      R"("progress":0.25,"reason":{"code":"starting","message":"the model loads"},"error":null,)"
      R"("lost_attempts":[{"attempt":1,"kind":"engine_crashed","message":"x"}]})");
  ASSERT_TRUE(job);
  EXPECT_EQ(job->state, core::JobState::running);
  EXPECT_EQ(job->attempt, 2);
  EXPECT_EQ(job->gpu_id, 1);
  EXPECT_DOUBLE_EQ(job->progress, 0.25);
  EXPECT_EQ(job->reason, "the model loads");
  ASSERT_EQ(job->lost.size(), 1U);
  EXPECT_FALSE(job->ended());
}

TEST(JobInfo, ForgivesFieldsOfTheWrongType) {
  const auto job =
      read(R"({"id":"j1","state":"queued","model":7,"attempt":"x","gpu_id":1e99,"progress":"half",)"
           R"("reason":"text","error":[],"lost_attempts":[3,{}]})");
  ASSERT_TRUE(job);
  EXPECT_EQ(job->model, "");
  EXPECT_EQ(job->attempt, 0);
  EXPECT_FALSE(job->gpu_id);
  EXPECT_EQ(job->progress, 0);
  EXPECT_EQ(job->reason, "");
  EXPECT_EQ(job->lost.size(), 1U);
}

TEST(JobInfo, KnowsAnIdAndAStateMustBeThere) {
  EXPECT_FALSE(read(R"({"state":"queued"})"));
  EXPECT_FALSE(read(R"({"id":"j1"})"));
  EXPECT_FALSE(read(R"({"id":"","state":"queued"})"));
}

TEST(JobInfo, AStateOfANewerServerIsNoEnd) {
  const auto job = read(R"({"id":"j1","state":"paused"})");
  ASSERT_TRUE(job);
  EXPECT_FALSE(job->state);
  EXPECT_EQ(job->state_word, "paused");
  EXPECT_FALSE(job->ended());
}

TEST(MakeForm, PutsOptionsBeforeTheFile) {
  SubmitOptions options;
  options.model = "medium";
  options.words = true;
  options.priority = -3;
  const FormParts form = make_form(options, "talk.wav", "B");
  EXPECT_EQ(form.content_type, "multipart/form-data; boundary=B");
  EXPECT_EQ(form.before,
            "--B\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nmedium\r\n"
            "--B\r\nContent-Disposition: form-data; name=\"word_timestamps\"\r\n\r\ntrue\r\n"
            "--B\r\nContent-Disposition: form-data; name=\"priority\"\r\n\r\n-3\r\n"
            "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"talk.wav\"\r\n"
            "Content-Type: application/octet-stream\r\n\r\n");
  EXPECT_EQ(form.after, "\r\n--B--\r\n");
}

TEST(MakeForm, AFileNameCannotForgeAHeader) {
  const FormParts form = make_form({}, "a\"\r\nX-Evil: 1\nb.wav", "B");
  EXPECT_THAT(form.before, HasSubstr("filename=\"a%22%0D%0AX-Evil: 1%0Ab.wav\""));
  EXPECT_THAT(form.before, Not(HasSubstr("\nX-Evil")));
  // What people read goes beside it.
  EXPECT_THAT(form.before, HasSubstr("name=\"name\"\r\n\r\na\"\\r\\nX-Evil: 1\\nb.wav\r\n"));
  EXPECT_THAT(make_form({}, "Gespräch 東京.wav", "B").before, Not(HasSubstr("name=\"name\"")));
}

TEST(ServerAddress, ReadsWhatPeopleWrite) {
  const auto plain = parse_server_address("box:9000");
  ASSERT_TRUE(plain) << plain.error();
  EXPECT_EQ(plain->host, "box");
  EXPECT_EQ(plain->port, "9000");
  EXPECT_EQ(plain->shown, "http://box:9000");
  const auto six = parse_server_address("http://[::1]:8585/prefix/");
  ASSERT_TRUE(six) << six.error();
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->host_header, "[::1]:8585");
  EXPECT_EQ(six->base_path, "/prefix");
  EXPECT_EQ(parse_server_address("http://box")->port, "80");
}

TEST(ServerAddress, RefusesTheRestInASentence) {
  for (const char* text : {"", "https://box", "http://", "ftp://box", "http://u:p@box",
                           "http://box:0", "http://box:99999", "http://box/?q", "http://bo x"}) {
    const auto address = parse_server_address(text);
    EXPECT_FALSE(address) << text;
    if (!address) EXPECT_THAT(address.error(), HasSubstr("no server address"));
  }
}

}  // namespace
}  // namespace transcribed::client
