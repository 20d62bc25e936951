// Recordings fetched from servers that are well-behaved, slow, wrong or hostile.
#include <sys/mount.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "tests/fakes/raw_http_server.h"
#include "tests/integration/fetcher_fixture.h"

namespace transcribed::tests {
namespace {

using namespace std::chrono_literals;
using fakes::RawHttpServer;
using fakes::ScriptedAnswer;
using fakes::ScriptedHttpServer;
using fakes::ScriptedRequest;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Connection = RawHttpServer::Connection;

class Fetcher : public FetcherTest {};

TEST_F(Fetcher, PutsTheFileInPlaceAndSaysWhatItIs) {
  std::string agent;
  ScriptedHttpServer server([&](const ScriptedRequest& request) {
    agent = request.headers.at("user-agent");
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/talks/first%20talk.mp3?key=1");
    return answer(200, "the recording");
  });
  const Fetched end = fetched(fetch(server.url() + "/talks/first%20talk.mp3?key=1#part"));
  EXPECT_EQ(end, (Fetched{"one", 13, "audio/mpeg", "first talk.mp3"}));
  EXPECT_EQ(content(), "the recording");
  EXPECT_THAT(entries(), ElementsAre("one"));
  EXPECT_THAT(agent, testing::StartsWith("transcribed/"));
  EXPECT_EQ(std::filesystem::status(folder_.path() / "one").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Fetcher, TakesTheServersNameForTheFile) {
  ScriptedHttpServer server([&](const ScriptedRequest&) {
    return answer(200, "x", {{"Content-Disposition", "attachment; filename=\"../up\\a b.mp3\""}});
  });
  EXPECT_EQ(fetched(fetch(server.url() + "/d?id=1")).file_name, "a b.mp3");
}

TEST_F(Fetcher, AnEmptyFileIsOne) {
  ScriptedHttpServer server([&](const ScriptedRequest&) { return answer(200); });
  EXPECT_EQ(fetched(fetch(server.url() + "/a.mp3")).bytes, 0);
  EXPECT_THAT(entries(), ElementsAre("one"));
}

TEST_F(Fetcher, ChunksWithTrailersAreAFile) {
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send(
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
        "3\r\nabc\r\n4\r\ndefg\r\n0\r\nX-Sum: 7\r\n\r\n");
  });
  EXPECT_EQ(fetched(fetch(server.url())).bytes, 7);
  EXPECT_EQ(content(), "abcdefg");
}

// What this process has taken at its most, in MB.
int peak_mb(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoi(line.substr(6)) / 1024;
  }
  return -1;
}

TEST_F(Fetcher, ALargeFileTakesLittleMemory) {
  constexpr std::size_t piece_bytes = 1 << 20;
  constexpr std::size_t pieces = 200;
  const std::string piece(piece_bytes, 'x');
  RawHttpServer server([&](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(pieces * piece_bytes) +
                    "\r\n\r\n");
    for (std::size_t i = 0; i < pieces && connection.send(piece); ++i) {
    }
  });
  EXPECT_EQ(fetched(fetch(server.url())).bytes, pieces * piece_bytes);
  EXPECT_EQ(std::filesystem::file_size(folder_.path() / "one"), pieces * piece_bytes);
  // A sanitizer's own memory included.
  EXPECT_LT(peak_mb(process().pid()), 120);
  ASSERT_FALSE(passed_.empty());
  std::int64_t before = 0;
  for (const Progress& progress : passed_) {
    EXPECT_EQ(progress.total, pieces * piece_bytes);
    EXPECT_GT(progress.bytes, before);
    before = progress.bytes;
  }
}

TEST_F(Fetcher, WhatIsAnnouncedAsTooLargeIsNotBegun) {
  ScriptedHttpServer server([&](const ScriptedRequest&) { return answer(200, "12345678901"); });
  Fetch request = fetch(server.url());
  request.max_bytes = 10;
  const Failed failed = refused(request);
  EXPECT_EQ(failed.kind, Kind::too_large);
  EXPECT_THAT(failed.message, HasSubstr("has 11 bytes, and 10 are allowed"));
}

TEST_F(Fetcher, WhatTurnsOutTooLargeIsBrokenOff) {
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send("without end")) {
    }
  });
  Fetch request = fetch(server.url());
  request.max_bytes = 100'000;
  const Failed failed = refused(request);
  EXPECT_EQ(failed.kind, Kind::too_large);
  EXPECT_THAT(failed.message, AllOf(HasSubstr("at least"), HasSubstr("100000 are allowed")));
}

TEST_F(Fetcher, ExactlyTheLimitFits) {
  ScriptedHttpServer server([&](const ScriptedRequest&) { return answer(200, "1234567890"); });
  Fetch request = fetch(server.url());
  request.max_bytes = 10;
  EXPECT_EQ(fetched(request).bytes, 10);
}

TEST_F(Fetcher, AServerThatFallsSilentIsLeft) {
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    connection.stall();
  });
  Fetch request = fetch(server.url());
  request.idle_timeout = 100ms;
  const Failed failed = refused(request);
  EXPECT_EQ(failed.kind, Kind::timeout);
  EXPECT_THAT(failed.message, HasSubstr("nothing came for 0.1 s"));
}

TEST_F(Fetcher, AServerThatNeverAnswersIsLeft) {
  RawHttpServer server([](const Connection& connection) { connection.stall(); });
  Fetch request = fetch(server.url());
  request.idle_timeout = 100ms;
  EXPECT_EQ(refused(request).kind, Kind::timeout);
}

TEST_F(Fetcher, AServerThatDripsForEverIsLeft) {
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send("x")) std::this_thread::yield();
  });
  Fetch request = fetch(server.url());
  request.total_timeout = 300ms;
  const Failed failed = refused(request);
  EXPECT_EQ(failed.kind, Kind::timeout);
  EXPECT_THAT(failed.message, HasSubstr("was not here after 0.3 s"));
}

TEST_F(Fetcher, AConnectionThatBreaksIsNoFile) {
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
  });
  const Failed failed = refused(fetch(server.url()));
  EXPECT_EQ(failed.kind, Kind::unreachable);
  EXPECT_THAT(failed.message, HasSubstr("broke"));
}

TEST_F(Fetcher, WhatIsNoHttpIsNoFile) {
  RawHttpServer server([](const Connection& connection) {
    connection.send("220 mail.example ESMTP\r\n");
    connection.read_head();
  });
  const Failed failed = refused(fetch(server.url()));
  EXPECT_EQ(failed.kind, Kind::unreachable);
  EXPECT_THAT(failed.message, HasSubstr("is not HTTP"));
}

TEST_F(Fetcher, NobodyThereIsSaid) {
  ScriptedHttpServer server([&](const ScriptedRequest&) { return answer(200); });
  server.go_away();
  const Failed failed = refused(fetch(server.url()));
  EXPECT_EQ(failed.kind, Kind::unreachable);
  EXPECT_THAT(failed.message,
              HasSubstr("127.0.0.1:" + std::to_string(server.port()) + " cannot be reached"));
}

TEST_F(Fetcher, AStatusOtherThan200GetsASentence) {
  const struct {
    int status;
    const char* says;
  } cases[] = {{404, "there is nothing at this address"},
               {403, "needs a login"},
               {401, "needs a login"},
               {429, "try again later"},
               {500, "cannot serve this at the moment"},
               {204, "only status 200 comes with a file"},
               {206, "only status 200"},
               {302, "without saying where"}};
  int status = 0;
  ScriptedHttpServer server(
      [&](const ScriptedRequest&) { return answer(status, status == 204 ? "" : "not the file"); });
  for (const auto& one : cases) {
    status = one.status;
    const Failed failed = refused(fetch(server.url()));
    EXPECT_EQ(failed.kind, Kind::http_status);
    EXPECT_EQ(failed.status, one.status);
    EXPECT_THAT(failed.message,
                AllOf(HasSubstr("status " + std::to_string(one.status)), HasSubstr(one.says)));
  }
}

TEST_F(Fetcher, AnErrorsEndlessPageIsNotRead) {
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 404 Not Found\r\n\r\n");
    while (connection.send("sorry, so sorry, ")) {
    }
  });
  EXPECT_EQ(refused(fetch(server.url())).status, 404);
}

TEST_F(Fetcher, AHeadWithoutEndIsNotRead) {
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\n");
    while (connection.send("X-More: and more\r\n")) {
    }
  });
  EXPECT_EQ(refused(fetch(server.url())).kind, Kind::unreachable);
}

TEST_F(Fetcher, RedirectsAreFollowed) {
  ScriptedHttpServer server([&](const ScriptedRequest& request) {
    if (request.target == "/1") return answer(301, "", {{"Location", "/2"}});
    if (request.target == "/2") return answer(302, "moved", {{"Location", "deep/3?x=1"}});
    if (request.target == "/deep/3?x=1") return answer(303, "", {{"Location", "4 a.mp3"}});
    if (request.target == "/deep/4%20a.mp3") {
      return answer(307, "", {{"Location", server.url() + "/5"}});
    }
    if (request.target == "/5")
      return answer(308, "",
                    {{"Location", "//127.0.0.1:" + std::to_string(server.port()) + "/end.mp3"}});
    EXPECT_EQ(request.target, "/end.mp3");
    return answer(200, "at last");
  });
  EXPECT_EQ(fetched(fetch(server.url() + "/1")).file_name, "end.mp3");
  EXPECT_EQ(content(), "at last");
}

TEST_F(Fetcher, RedirectsThatLeadOnAndOnAreNot) {
  int asked = 0;
  ScriptedHttpServer server([&](const ScriptedRequest& request) {
    ++asked;
    return answer(302, "", {{"Location", request.target}});
  });
  const Failed failed = refused(fetch(server.url() + "/loop"));
  EXPECT_EQ(failed.kind, Kind::http_status);
  EXPECT_EQ(failed.status, 302);
  EXPECT_THAT(failed.message, HasSubstr("more than 5 redirects"));
  EXPECT_EQ(asked, 6);
}

TEST_F(Fetcher, RedirectsLeadToHttpOnly) {
  std::string location;
  ScriptedHttpServer server([&](const ScriptedRequest&) {
    return answer(302, "", {{"Location", location}});
  });
  for (const auto* to : {"file:///etc/passwd", "ftp://127.0.0.1/a", "gopher://127.0.0.1:70/x",
                         "http://user:secret@127.0.0.1/", "http://", "dict://127.0.0.1/d:x"}) {
    location = to;
    const Failed failed = refused(fetch(server.url()));
    EXPECT_EQ(failed.kind, Kind::bad_url) << to;
    EXPECT_THAT(failed.message,
                AllOf(HasSubstr("redirects to cannot be used"), testing::Not(HasSubstr("secret"))))
        << to;
  }
}

TEST_F(Fetcher, AUrlThatIsNoneGetsASentence) {
  const struct {
    const char* url;
    const char* says;
  } cases[] = {{"ftp://example.com/a", "must begin with http:// or https://, not ftp:"},
               {"file:///etc/passwd", "not file:"},
               {"javascript://x", "not javascript:"},
               {"example.com/a.mp3", "cannot be used"},
               {"/a.mp3", "cannot be used"},
               {"http://", "cannot be used"},
               {"http://user@example.com/", "user name or a password"},
               {"http://user:pw@example.com/", "user name or a password"},
               {"http://exa mple.com/", "cannot be used"},
               {"http://example.com/\r\nX: y", "cannot be used"},
               {"http://example.com:99999/", "cannot be used"}};
  for (const auto& one : cases) {
    const Failed failed = refused(fetch(one.url));
    EXPECT_EQ(failed.kind, Kind::bad_url) << one.url;
    EXPECT_THAT(failed.message, AllOf(HasSubstr(one.says), HasSubstr("The URL"))) << one.url;
  }
  EXPECT_EQ(refused(fetch(std::string("http://127.0.0.1/\0x", 19))).kind, Kind::bad_url);
}

TEST_F(Fetcher, ACancelLeavesNothing) {
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    connection.stall();
  });
  send(fetch(server.url()));
  EXPECT_EQ(as<Progress>(next()), (Progress{"one", 9, 100}));
  EXPECT_THAT(entries(), ElementsAre("one.part"));
  send(wire::fetcher::Cancel{"one"});
  const Failed failed = as<Failed>(next_end());
  EXPECT_EQ(failed.kind, Kind::cancelled);
  EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(Fetcher, ACancelOfWhatIsNotThereIsIgnored) {
  ScriptedHttpServer server([&](const ScriptedRequest&) { return answer(200, "x"); });
  send(wire::fetcher::Cancel{"nobody"});
  EXPECT_EQ(fetched(fetch(server.url())).id, "one");
  send(wire::fetcher::Cancel{"one"});
  EXPECT_EQ(fetched(fetch(server.url(), "two")).id, "two");
}

TEST_F(Fetcher, AFullDiskIsSaid) {
  const std::string disk = (folder_.path() / "disk").string();
  std::filesystem::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=256k") != 0) {
    GTEST_SKIP() << "a small disk cannot be mounted here (root is needed): "
                 << std::strerror(errno);
  }
  RawHttpServer server([](const Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send(std::string(65536, 'x'))) {
    }
  });
  Fetch request = fetch(server.url());
  request.file = disk + "/one";
  send(request);
  const Failed failed = as<Failed>(next_end());
  EXPECT_EQ(failed.kind, Kind::disk_full);
  EXPECT_THAT(failed.message, HasSubstr("The disk is full"));
  EXPECT_TRUE(std::filesystem::is_empty(disk));
  ::umount2(disk.c_str(), MNT_DETACH);
}

TEST_F(Fetcher, ADiskThatIsToStayFreeIsLeftAlone) {
  ScriptedHttpServer server([&](const ScriptedRequest&) { return answer(200, "x"); });
  Fetch request = fetch(server.url());
  request.min_free_disk_mb = 900'000'000;
  const Failed failed = refused(request);
  EXPECT_EQ(failed.kind, Kind::disk_full);
  EXPECT_THAT(failed.message, HasSubstr("min_free_disk_mb keeps 900000000 MB free"));
}

TEST_F(Fetcher, WhatIsBeingFetchedAlreadyIsLeftAlone) {
  ScriptedHttpServer server([&](const ScriptedRequest&) { return answer(200, "x"); });
  folder_.write("one.part", "of another");
  send(fetch(server.url()));
  const Failed failed = as<Failed>(next_end());
  EXPECT_EQ(failed.kind, Kind::internal);
  EXPECT_THAT(failed.message, HasSubstr("one.part"));
  EXPECT_EQ(content("one.part"), "of another");
}

TEST_F(Fetcher, AFolderThatIsNotThereIsSaid) {
  ScriptedHttpServer server([&](const ScriptedRequest&) { return answer(200, "x"); });
  Fetch request = fetch(server.url());
  request.file = (folder_.path() / "no/such/folder").string();
  EXPECT_EQ(refused(request).kind, Kind::internal);
}

TEST_F(Fetcher, SeveralGoAtOnce) {
  constexpr std::size_t count = 20;
  // Nobody is answered before all have asked.
  std::atomic<std::size_t> asked = 0;
  RawHttpServer server([&](const Connection& connection) {
    const std::string head = connection.read_head();
    asked.fetch_add(1);
    asked.notify_all();
    for (std::size_t seen = asked; seen < count; seen = asked) asked.wait(seen);
    const std::string path = head.substr(4, head.find(' ', 4) - 4);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(path.size()) +
                    "\r\n\r\n" + path);
  });
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id = "r" + std::to_string(i);
    send(fetch(server.url("/" + id), id));
  }
  const auto all = ends(count);
  ASSERT_EQ(all.size(), count);
  for (const auto& [id, end] : all) {
    EXPECT_EQ(as<Fetched>(end).id, id);
    EXPECT_EQ(content(id), "/" + id);
  }
}

TEST_F(Fetcher, ASlowServerDoesNotHoldUpOthers) {
  RawHttpServer slow([](const Connection& connection) { connection.stall(); });
  ScriptedHttpServer quick([&](const ScriptedRequest&) { return answer(200, "x"); });
  send(fetch(slow.url(), "slow"));
  EXPECT_EQ(fetched(fetch(quick.url(), "quick")).id, "quick");
  send(wire::fetcher::Cancel{"slow"});
  EXPECT_EQ(as<Failed>(next_end()).id, "slow");
}

}  // namespace
}  // namespace transcribed::tests
