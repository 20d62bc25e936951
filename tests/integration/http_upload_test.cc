// Uploads: what arrives, what is refused, and that nothing is left behind.
#include "http/upload_file.h"
#include "tests/integration/api_server_fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

namespace transcribed::tests {
namespace {

using fakes::RawHttpClient;

class HttpUploadTest : public ApiServerTest {
 protected:
  fakes::RawResponse upload(const std::string& body) {
    return request("POST", "/api/jobs", form_type, body);
  }

  // "400 code param", and no file.
  std::string refusal(const std::string& body) {
    const auto answer = upload(body);
    EXPECT_THAT(uploads(), testing::IsEmpty());
    return fmt::format("{} {} {}", answer.status, answer.error("code"), answer.error("param"));
  }

  static std::string noise(std::size_t bytes) {
    std::mt19937_64 random(bytes);
    std::string text(bytes, '\0');
    for (auto& c : text) c = static_cast<char>(random());
    return text;
  }

  std::string begin_upload(std::size_t content_length) {
    return "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n" + form_type +
           "Content-Length: " + std::to_string(content_length) + "\r\n\r\n";
  }
};

TEST_F(HttpUploadTest, AnUploadThatIsThereAlreadyIsAnsweredWithItsJobAndLeavesNothing) {
  start();
  const auto upload = [&] {
    return request("POST", "/api/jobs", form_type,
                   form_part("deduplicate", "true") + form_part("file", "abc", "a.mp3") + form_end);
  };
  const auto first = upload();
  EXPECT_EQ(first.status, 201);
  on_loop(
      [&] { jobs_->joins = core::JobId::parse(std::string(first.json().at("id").as_string())); });
  const auto again = upload();
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(std::string(again.json().at("id").as_string()),
            std::string(first.json().at("id").as_string()));
  EXPECT_EQ(uploads().size(), 1U);
  on_loop([&] {
    EXPECT_TRUE(jobs_->submissions.back().deduplicate);
    // FIPS 180-2, appendix B.1.
    EXPECT_EQ(jobs_->submissions.back().content_sha256,
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
}

TEST_F(HttpUploadTest, ARecordingAndItsFieldsArrive) {
  start();
  const auto sound = noise(3'000'001);
  const auto answer = upload(form_part("model", "small") + form_part("file", sound, "a b.mp3") +
                             form_part("priority", "-3") + form_end);
  ASSERT_EQ(answer.status, 201) << answer.body;
  const auto id = std::string(answer.json().at("id").as_string());
  EXPECT_THAT(uploads(), testing::ElementsAre(id));
  on_loop([&] {
    ASSERT_EQ(jobs_->submissions.size(), 1U);
    const auto& submission = jobs_->submissions[0];
    EXPECT_EQ(submission.id.to_string(), id);
    EXPECT_EQ(submission.name, "a b.mp3");
    EXPECT_EQ(submission.model, "small");
    EXPECT_EQ(submission.priority, -3);
    EXPECT_TRUE(submission.audio.owned);
    EXPECT_EQ(submission.audio.path, folder_ / "uploads" / id);
    EXPECT_TRUE(read_file(submission.audio.path) == sound);
  });
}

TEST_F(HttpUploadTest, AFileNameIsOnlyAName) {
  start();
  EXPECT_EQ(upload(form_part("file", "x", "../../../etc/cron.d/a.mp3") + form_end)
                .json()
                .at("name")
                .as_string(),
            "a.mp3");
  EXPECT_EQ(upload(form_part("file", "x", "a.mp3") + form_part("name", "Talk") + form_end)
                .json()
                .at("name")
                .as_string(),
            "Talk");
  EXPECT_EQ(uploads().size(), 2U);
}

TEST_F(HttpUploadTest, AChunkedUploadArrives) {
  start();
  const auto sound = noise(500'000);
  const auto body = form_part("file", sound, "a.mp3") + form_end;
  RawHttpClient client(port_);
  client.send("POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n" + form_type +
              "Transfer-Encoding: chunked\r\n\r\n");
  for (std::size_t at = 0; at < body.size(); at += 77'777) {
    const auto piece = body.substr(at, 77'777);
    client.send(fmt::format("{:x}\r\n{}\r\n", piece.size(), piece));
  }
  client.send("0\r\n\r\n");
  const auto answer = client.read_response();
  ASSERT_EQ(answer.status, 201);
  EXPECT_TRUE(read_file(folder_ / "uploads" / uploads().at(0)) == sound);
  EXPECT_EQ(client.request("GET", "/healthz").status, 200);
}

TEST_F(HttpUploadTest, TwoAtOnceDoNotMix) {
  start();
  const auto first = noise(900'000);
  const auto second = noise(900'001);
  const auto one = form_part("file", first, "1.mp3") + form_end;
  const auto two = form_part("file", second, "2.mp3") + form_end;
  RawHttpClient a(port_);
  RawHttpClient b(port_);
  a.send(begin_upload(one.size()));
  b.send(begin_upload(two.size()));
  for (std::size_t at = 0; at < two.size(); at += 100'000) {
    if (at < one.size()) ASSERT_TRUE(a.send(one.substr(at, 100'000)));
    ASSERT_TRUE(b.send(two.substr(at, 100'000)));
  }
  const auto id_of = [](const fakes::RawResponse& answer) {
    return std::string(answer.json().at("id").as_string());
  };
  EXPECT_TRUE(read_file(folder_ / "uploads" / id_of(a.read_response())) == first);
  EXPECT_TRUE(read_file(folder_ / "uploads" / id_of(b.read_response())) == second);
}

TEST_F(HttpUploadTest, EachWrongFormHasItsError) {
  start();
  const auto file = form_part("file", "sound", "a.mp3");
  EXPECT_EQ(refusal(form_part("file", "", "a.mp3") + form_end), "400 file_empty file");
  EXPECT_EQ(refusal(form_part("model", "small") + form_end), "400 file_missing file");
  EXPECT_EQ(refusal(form_end), "400 file_missing file");
  EXPECT_EQ(refusal(form_part("file", "sound") + form_end), "400 file_is_field file");
  EXPECT_EQ(refusal(form_part("audio", "sound", "a.mp3") + form_end), "400 unknown_field audio");
  EXPECT_EQ(refusal(file + file + form_end), "400 field_repeated file");
  EXPECT_EQ(refusal(file + form_part("modle", "x") + form_end), "400 unknown_field modle");
  EXPECT_EQ(refusal(file + form_part("path", "/a") + form_end), "400 unknown_field path");
  EXPECT_EQ(refusal(file + form_part("priority", "5000") + form_end), "400 bad_value priority");
  EXPECT_EQ(refusal(form_part("model", "huge") + file + form_end), "400 model_not_found model");
  EXPECT_EQ(refusal(file + form_part("model", "huge") + form_end), "400 model_not_found model");
  EXPECT_EQ(refusal(form_part("initial_prompt", std::string(70'000, 'x')) + file + form_end),
            "413 field_too_large initial_prompt");
  EXPECT_EQ(refusal(file), "400 body_cut_short null");
  EXPECT_EQ(refusal("nonsense"), "400 body_cut_short null");
  EXPECT_EQ(refusal("--XXnonsense"), "400 malformed_multipart null");
  EXPECT_EQ(refusal(file + form_end + std::string(100'000, 'x')), "400 malformed_multipart null");
  const auto no_boundary =
      request("POST", "/api/jobs", "Content-Type: multipart/form-data\r\n", file + form_end);
  EXPECT_EQ(no_boundary.error("code"), "malformed_multipart");
  on_loop([&] { EXPECT_TRUE(jobs_->submissions.empty()); });
}

TEST_F(HttpUploadTest, WhatIsTooLargeIsRefusedAtOnceWhenItsLengthSaysSo) {
  options_.storage.max_upload_mb = 1;
  start();
  RawHttpClient client(port_);
  client.send(begin_upload(3 << 20));
  const auto answer = client.read_response();  // not a byte of the body was sent
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.error("code"), "upload_too_large");
  EXPECT_EQ(answer.headers.at("connection"), "close");
}

TEST_F(HttpUploadTest, WhatTurnsOutTooLargeIsRefusedAndDeleted) {
  options_.storage.max_upload_mb = 1;
  start();
  EXPECT_EQ(refusal(form_part("file", std::string((1 << 20) + 1, 'x'), "a.mp3") + form_end),
            "413 upload_too_large file");
  EXPECT_EQ(upload(form_part("file", std::string(1 << 20, 'x'), "a.mp3") + form_end).status, 201);
}

TEST_F(HttpUploadTest, ALowDiskRefusesWith507) {
  options_.storage.min_free_disk_mb = 1'000'000'000;
  start();
  EXPECT_EQ(refusal(form_part("file", "sound", "a.mp3") + form_end), "507 disk_full null");
  EXPECT_EQ(refusal(form_part("file", std::string(2'000'000, 'x'), "a.mp3") + form_end),
            "507 disk_full null");
}

TEST_F(HttpUploadTest, AFolderThatIsGoneIs500AndNotACrash) {
  start();
  std::filesystem::remove(folder_ / "uploads");
  EXPECT_EQ(upload(form_part("file", "sound", "a.mp3") + form_end).status, 500);
  std::filesystem::create_directory(folder_ / "uploads");
  EXPECT_EQ(upload(form_part("file", "sound", "a.mp3") + form_end).status, 201);
}

TEST_F(HttpUploadTest, ASubmissionThatIsRefusedLeavesNoFile) {
  start();
  on_loop([&] {
    jobs_->refuse_submit = scheduler::Refusal{scheduler::Refusal::Why::io_error, "The disk broke."};
  });
  EXPECT_EQ(refusal(form_part("file", "sound", "a.mp3") + form_end), "500 io_error null");
}

TEST_F(HttpUploadTest, AClientThatLeavesMidwayLeavesNoFile) {
  start();
  {
    RawHttpClient client(port_);
    client.send(begin_upload(10'000'000));
    client.send(form_part("file", std::string(1'000'000, 'x'), "a.mp3"));
    ASSERT_TRUE(eventually([&] { return !uploads().empty(); }));
    EXPECT_TRUE(uploads().at(0).ends_with(".part"));
  }
  EXPECT_TRUE(eventually([&] { return uploads().empty(); }));
  on_loop([&] { EXPECT_TRUE(jobs_->submissions.empty()); });
}

TEST_F(HttpUploadTest, ExpectContinueIsAnsweredOnceTheHeadersAreAcceptable) {
  options_.storage.max_upload_mb = 1;
  start();
  const auto body = form_part("file", "sound", "a.mp3") + form_end;
  const auto headers = [&](std::size_t length) {
    return "POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n" + form_type +
           "Content-Length: " + std::to_string(length) + "\r\n\r\n";
  };
  RawHttpClient client(port_);
  client.send(headers(body.size()));
  EXPECT_EQ(client.read_response().status, 100);
  client.send(body);
  EXPECT_EQ(client.read_response().status, 201);
  client.send(headers(100'000'000));
  EXPECT_EQ(client.read_response().status, 413);
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(HttpUploadTest, DrainingRefusesBeforeTheBody) {
  start();
  on_loop([&] { jobs_->draining = true; });
  RawHttpClient client(port_);
  client.send(begin_upload(1'000'000));
  EXPECT_EQ(client.read_response().status, 503);
}

TEST_F(HttpUploadTest, AnErrorMidwayIsReadByAClientThatGoesOnSending) {
  start();
  RawHttpClient client(port_);
  const auto first = form_part("modle", "x") + form_part("file", "", "a.mp3");
  const std::string rest(30'000'000, 'x');
  client.send(begin_upload(first.size() + rest.size()));
  client.send(first);
  // A client that reads only after it has sent everything still finds the answer.
  EXPECT_TRUE(client.send(rest));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.error("param"), "modle");
}

TEST_F(HttpUploadTest, WhatAnEarlierDaemonLeftHalfWrittenIsDeleted) {
  write_file(folder_ / "uploads/old.part", "x");
  write_file(folder_ / "uploads/kept", "x");
  start();
  EXPECT_THAT(uploads(), testing::ElementsAre("kept"));
}

TEST_F(HttpUploadTest, EndingTheServerMidwayLeavesNoFileBeyondTheNextStart) {
  start();
  RawHttpClient client(port_);
  client.send(begin_upload(10'000'000));
  client.send(form_part("file", std::string(1'000'000, 'x'), "a.mp3"));
  ASSERT_TRUE(eventually([&] { return !uploads().empty(); }));
  boost::asio::post(loop_, [this] { loop_.stop(); });
  thread_.join();
  server_.reset();
  // A piece that was being written at that moment holds its file until the loop is destroyed.
  EXPECT_THAT(uploads(), testing::Each(testing::EndsWith(".part")));
  http::remove_partial_uploads(folder_ / "uploads");
  EXPECT_THAT(uploads(), testing::IsEmpty());
}

}  // namespace
}  // namespace transcribed::tests
