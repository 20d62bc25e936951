// What the fetcher does not connect to, however it is led there.
#include "tests/fakes/raw_http_server.h"
#include "tests/fakes/tls_server.h"
#include "tests/integration/fetcher_fixture.h"

namespace transcribed::tests {
namespace {

using fakes::RawHttpServer;
using fakes::ScriptedHttpServer;
using fakes::ScriptedRequest;
using fakes::TlsServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Connection = RawHttpServer::Connection;

class FetcherGuard : public FetcherTest {
 protected:
  Fetch guarded(std::string url) const {
    Fetch request = fetch(std::move(url));
    request.allow_private = false;
    return request;
  }
  std::string port() const { return std::to_string(server_.port()); }

  std::atomic<int> asked_ = 0;
  ScriptedHttpServer server_{[this](const ScriptedRequest&) {
    ++asked_;
    return answer(200, "secret");
  }};
};

TEST_F(FetcherGuard, RefusesWhatIsNotPublicHoweverItIsWritten) {
  for (const auto* host : {"127.0.0.1",
                           "localhost",
                           "127.1",
                           "0x7f.0.0.1",
                           "0177.0.0.1",
                           "2130706433",
                           "127.0.0.2",
                           "0.0.0.0",
                           "0",
                           "[::1]",
                           "[::]",
                           "[::ffff:127.0.0.1]",
                           "[0:0:0:0:0:ffff:7f00:1]",
                           "[64:ff9b::7f00:1]",
                           "[2002:7f00:1::]",
                           "10.0.0.1",
                           "192.168.1.1",
                           "172.16.0.1",
                           "100.64.0.1",
                           "169.254.169.254",
                           "[fe80::1]",
                           "[fd00::1]",
                           "224.0.0.1",
                           "255.255.255.255",
                           "192.0.2.1",
                           "[2001:db8::1]",
                           "[fd00:ec2::254]"}) {
    const Failed failed = refused(guarded("http://" + std::string(host) + ":" + port() + "/"));
    EXPECT_EQ(failed.kind, Kind::refused_address) << host;
    EXPECT_THAT(failed.message, HasSubstr("only to other machines on the public internet")) << host;
  }
  EXPECT_EQ(asked_, 0);
}

TEST_F(FetcherGuard, SaysWhichAddressANameLedTo) {
  EXPECT_THAT(refused(guarded("http://localhost:" + port() + "/")).message,
              AllOf(HasSubstr("localhost:" + port() + " leads to "), HasSubstr("(loopback)")));
  EXPECT_THAT(refused(guarded("http://10.0.0.1:" + port() + "/")).message,
              AllOf(StartsWith("10.0.0.1 (private use): "),
                    HasSubstr("unless outgoing.allowed_networks in its configuration")));
}

TEST_F(FetcherGuard, LetsThroughWhatTheRequestAllows) {
  Fetch request = guarded("http://localhost:" + port() + "/");
  request.allow_private = true;
  EXPECT_EQ(fetched(request).bytes, 6);
}

TEST_F(FetcherGuard, LetsThroughTheNetworksOfTheConfiguration) {
  start({"--allow-network", "127.0.0.1", "--allow-network", "10.0.0.0/8"});
  EXPECT_EQ(fetched(guarded("http://127.0.0.1:" + port() + "/")).bytes, 6);
  std::filesystem::remove(folder_.path() / "one");
  EXPECT_EQ(refused(guarded("http://127.0.0.2:" + port() + "/")).kind, Kind::refused_address);
}

TEST_F(FetcherGuard, ARedirectDoesNotLeadAround) {
  start({"--allow-network", "127.0.0.1"});
  std::atomic<int> inner_asked = 0;
  RawHttpServer inner([&](const Connection&) { ++inner_asked; }, "127.0.0.2");
  ScriptedHttpServer outer([&](const ScriptedRequest& request) {
    if (request.target == "/start") return answer(302, "", {{"Location", "/on"}});
    return answer(302, "", {{"Location", inner.url("/admin")}});
  });
  const Failed failed = refused(guarded(outer.url() + "/start"));
  EXPECT_EQ(failed.kind, Kind::refused_address);
  EXPECT_THAT(failed.message, HasSubstr("127.0.0.2 (loopback)"));
  EXPECT_EQ(inner_asked, 0);
}

// A connection that one request was allowed is none that another may use.
TEST_F(FetcherGuard, AnAllowedConnectionIsNotSharedWithAGuardedRequest) {
  Fetch allowed = guarded("http://127.0.0.1:" + port() + "/");
  allowed.allow_private = true;
  EXPECT_EQ(fetched(allowed).bytes, 6);
  std::filesystem::remove(folder_.path() / "one");
  EXPECT_EQ(refused(guarded("http://127.0.0.1:" + port() + "/")).kind, Kind::refused_address);
  EXPECT_EQ(asked_, 1);
}

TEST_F(FetcherGuard, AWebhookIsGuardedToo) {
  Post request = post("http://localhost:" + port() + "/hook");
  request.allow_private = false;
  EXPECT_EQ(as<Failed>(answer_to(request)).kind, Kind::refused_address);
  EXPECT_EQ(asked_, 0);
}

TEST_F(FetcherGuard, TheEnvironmentsProxiesAreNotAsked) {
  std::atomic<int> proxy_asked = 0;
  RawHttpServer proxy([&](const Connection&) { ++proxy_asked; });
  start({}, {"http_proxy=" + proxy.url(), "HTTP_PROXY=" + proxy.url(), "https_proxy=" + proxy.url(),
             "ALL_PROXY=" + proxy.url()});
  EXPECT_EQ(fetched(fetch(server_.url())).bytes, 6);
  EXPECT_EQ(proxy_asked, 0);
}

TEST_F(FetcherGuard, TheConfiguredProxyIsAskedForEverything) {
  std::vector<std::string> targets;
  ScriptedHttpServer proxy([&](const ScriptedRequest& request) {
    targets.push_back(request.target);
    return answer(200, "by proxy");
  });
  // As an environment might except a host from being proxied.
  start({"--proxy", proxy.url()}, {"no_proxy=*", "NO_PROXY=*"});
  EXPECT_EQ(fetched(guarded("http://files.example/a.mp3")).bytes, 8);
  EXPECT_THAT(targets, testing::ElementsAre("http://files.example/a.mp3"));
  std::filesystem::remove(folder_.path() / "one");
  // What the proxy would look up cannot be checked; what the URL says itself can.
  for (const auto* host : {"127.0.0.1", "[::1]", "localhost", "app.localhost.", "2130706433"}) {
    EXPECT_EQ(refused(guarded("http://" + std::string(host) + "/")).kind, Kind::refused_address)
        << host;
  }
  EXPECT_EQ(targets.size(), 1U);
}

const std::string small_answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";

TEST_F(FetcherGuard, ACertificateNobodyVouchesForIsRefused) {
  const TlsServer server("IP:127.0.0.1", small_answer);
  const Failed failed = refused(fetch(server.url()));
  EXPECT_EQ(failed.kind, Kind::tls);
  EXPECT_THAT(failed.message, AllOf(HasSubstr("cannot be talked to securely"),
                                    HasSubstr("self-signed certificate")));
}

TEST_F(FetcherGuard, ACertificateThatIsTrustedIsTaken) {
  const TlsServer server("IP:127.0.0.1", small_answer);
  const std::string trusted = folder_.write("trusted.pem", server.certificate_pem());
  start({"--ca-file", trusted});
  EXPECT_EQ(fetched(fetch(server.url())).bytes, 6);
  EXPECT_EQ(content(), "secret");
}

TEST_F(FetcherGuard, ACertificateForAnotherNameIsRefused) {
  const TlsServer server("DNS:elsewhere.example", small_answer);
  const TemporaryFolder beside;
  start({"--ca-file", beside.write("trusted.pem", server.certificate_pem())});
  const Failed failed = refused(fetch(server.url()));
  EXPECT_EQ(failed.kind, Kind::tls);
}

TEST_F(FetcherGuard, HttpsDoesNotLeadToHttp) {
  const TlsServer server("IP:127.0.0.1", "HTTP/1.1 302 Found\r\nLocation: " + server_.url() +
                                             "/\r\nContent-Length: 0\r\n\r\n");
  const TemporaryFolder beside;
  start({"--ca-file", beside.write("trusted.pem", server.certificate_pem())});
  const Failed failed = refused(fetch(server.url()));
  EXPECT_EQ(failed.kind, Kind::bad_url);
  EXPECT_THAT(failed.message, HasSubstr("from https to http"));
  EXPECT_EQ(asked_, 0);
}

TEST_F(FetcherGuard, PlainHttpWhereTlsIsExpectedIsRefused) {
  EXPECT_EQ(refused(fetch("https://127.0.0.1:" + port() + "/")).kind, Kind::tls);
}

}  // namespace
}  // namespace transcribed::tests
