// /api/jobs/{id}/audio, and its tickets.
#include <gmock/gmock.h>

#include "http/audio_api.h"
#include "http/key_ring.h"
#include "tests/integration/api_server_fixture.h"

namespace transcribed::tests {
namespace {

class HttpAudioTest : public ApiServerTest {
 protected:
  HttpAudioTest() {
    for (int i = 0; i < 3'000'000; ++i) bytes_ += static_cast<char>(i * 31 + i / 1000);
    write_file(folder_ / "uploads/one", bytes_);
    write_file(folder_ / "in/talk.wav", "sound");
    options_.storage.allowed_paths = {(folder_ / "in").string()};
  }

  core::JobId add(const std::string& name, const std::filesystem::path& path, bool owned) {
    return on_loop([&] {
      const auto id = jobs_->add(core::JobState::completed, name);
      jobs_->job(id).audio = {std::filesystem::weakly_canonical(path).string(), owned};
      return id;
    });
  }
  core::JobId add_upload() { return add("talk.mp3", folder_ / "uploads/one", true); }

  fakes::RawResponse get(core::JobId id, const std::string& range = {}) {
    return request("GET", "/api/jobs/" + id.to_string() + "/audio",
                   range.empty() ? "" : "Range: " + range + "\r\n");
  }

  std::string bytes_;
};

TEST_F(HttpAudioTest, ARangeIsThatRange) {
  start();
  const auto id = add_upload();
  const auto answer = get(id, "bytes=1000-1999");
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.headers.at("content-range"), "bytes 1000-1999/3000000");
  EXPECT_EQ(answer.headers.at("content-type"), "audio/mpeg");
  EXPECT_EQ(answer.headers.at("accept-ranges"), "bytes");
  EXPECT_EQ(answer.body, bytes_.substr(1000, 1000));
  EXPECT_EQ(get(id, "bytes=-5").body, bytes_.substr(bytes_.size() - 5));
}

// As a player does.
TEST_F(HttpAudioTest, ALongRangeComesInPiecesThatMakeTheWhole) {
  start();
  const auto id = add_upload();
  std::string all;
  int answers = 0;
  while (all.size() < bytes_.size()) {
    const auto answer = get(id, "bytes=" + std::to_string(all.size()) + "-");
    ASSERT_EQ(answer.status, 206);
    ASSERT_LE(answer.body.size(), http::audio_piece_bytes);
    all += answer.body;
    ++answers;
  }
  EXPECT_EQ(all, bytes_);
  EXPECT_EQ(answers, 3);
}

// As curl does.
TEST_F(HttpAudioTest, WithoutARangeTheWholeIsStreamed) {
  start();
  const auto id = add_upload();
  const std::string path = "/api/jobs/" + id.to_string() + "/audio";
  fakes::RawHttpClient client(port_);
  client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto head = client.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-type"), "audio/mpeg");
  EXPECT_EQ(head.headers.at("accept-ranges"), "bytes");
  std::string all;
  for (auto chunk = client.read_chunk(); !chunk.empty(); chunk = client.read_chunk()) all += chunk;
  EXPECT_TRUE(all == bytes_) << all.size();
  const auto asked = request("HEAD", path);
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(asked.headers.at("accept-ranges"), "bytes");
  for (const std::string range : {"bytes=0-9", "bytes=9000000-"}) {
    EXPECT_EQ(request("HEAD", path, "Range: " + range + "\r\n").status, 200) << range;
  }
}

TEST_F(HttpAudioTest, AClientThatLeavesAStreamHalfwayIsForgotten) {
  start();
  const auto id = add_upload();
  {
    fakes::RawHttpClient client(port_);
    client.send("GET /api/jobs/" + id.to_string() + "/audio HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.read_head().status, 200);
  }
  EXPECT_TRUE(eventually([&] { return on_loop([&] { return server_->connections(); }) == 0; }));
}

TEST_F(HttpAudioTest, BeyondTheEndIs416) {
  start();
  const auto answer = get(add_upload(), "bytes=3000000-");
  EXPECT_EQ(answer.status, 416);
  EXPECT_EQ(answer.error("code"), "range_not_satisfiable");
  EXPECT_EQ(answer.headers.at("content-range"), "bytes */3000000");
}

TEST_F(HttpAudioTest, ARecordingByPathIsServedWhileItIsWhatWasSubmitted) {
  write_file(folder_ / "secret.wav", "secret");
  start();
  const auto path = folder_ / "in/talk.wav";
  const auto id = add("talk.wav", path, false);
  auto answer = get(id, "bytes=0-");
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.body, "sound");
  EXPECT_EQ(answer.headers.at("content-type"), "audio/wav");

  std::filesystem::remove(path);
  answer = get(id);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.error("code"), "recording_gone");

  std::filesystem::create_symlink(folder_ / "secret.wav", path);
  answer = get(id);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body.find("secret\n"), std::string::npos);

  // Inside the folder, but another one.
  std::filesystem::remove(path);
  write_file(folder_ / "in/other.wav", "other");
  std::filesystem::create_symlink(folder_ / "in/other.wav", path);
  EXPECT_EQ(get(id).status, 404);
}

TEST_F(HttpAudioTest, WhatABrowserMightRunIsBytes) {
  start();
  for (const char* name : {"page.html", "image.svg", "script.js", "none"}) {
    const auto answer = get(add(name, folder_ / "in/talk.wav", false), "bytes=0-");
    EXPECT_EQ(answer.headers.at("content-type"), "application/octet-stream") << name;
    EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
  }
}

TEST_F(HttpAudioTest, ATicketOpensOneRecordingWithoutTheKey) {
  options_.keys = std::make_shared<http::KeyRing>("secret", "");
  start();
  const auto id = add_upload();
  const std::string path = "/api/jobs/" + id.to_string() + "/audio";
  EXPECT_EQ(request("GET", path).status, 401);
  EXPECT_EQ(request("POST", path + "/ticket").status, 401);
  const auto issued = request("POST", path + "/ticket", "Authorization: Bearer secret\r\n");
  ASSERT_EQ(issued.status, 201) << issued.body;
  EXPECT_EQ(issued.json().at("expires_in_seconds").as_int64(), 12 * 3600);
  const std::string url(issued.json().at("url").as_string());
  const auto answer = request("GET", url, "Range: bytes=0-9\r\n");
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.body, bytes_.substr(0, 10));

  auto wrong = url;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_EQ(request("GET", wrong).error("code"), "ticket_unknown");
  EXPECT_EQ(
      request("POST", "/api/jobs/00000000000z/audio/ticket", "Authorization: Bearer secret\r\n")
          .status,
      404);
}

}  // namespace
}  // namespace transcribed::tests
