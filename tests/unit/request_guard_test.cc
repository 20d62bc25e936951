#include "http/request_guard.h"

#include <gtest/gtest.h>

namespace transcribed::http {
namespace {

std::string check(const GuardOptions& options, std::string_view host,
                  std::string_view origin = {}) {
  const auto error = RequestGuard(options).check_source(host, origin);
  return error ? std::to_string(error->status) + " " + error->code : "ok";
}

TEST(RequestGuardTest, LoopbackByNameAndAddressIsWelcome) {
  for (const auto* host : {"localhost", "LocalHost:8585", "localhost.", "127.0.0.1", "127.0.0.1:1",
                           "127.3.2.1:8585", "[::1]", "[::1]:8585"}) {
    EXPECT_EQ(check({}, host), "ok") << host;
  }
}

TEST(RequestGuardTest, ReboundNamesAreRefused) {
  for (const auto* host : {"evil.example", "evil.example:8585", "localhost.evil.example",
                           "127.0.0.1.evil.example", "10.0.0.5", "[2001:db8::1]:8585"}) {
    EXPECT_EQ(check({}, host), "403 host_not_allowed") << host;
  }
  for (const auto* host : {"", ":8585", "localhost:80x", "[::1", "[::1]x", "localhost:80:80"}) {
    EXPECT_EQ(check({}, host), "400 bad_host") << host;
  }
}

TEST(RequestGuardTest, TheRefusalNamesTheSetting) {
  EXPECT_NE(RequestGuard({}).check_source("evil.example", {})->message.find("server.allowed_hosts"),
            std::string::npos);
  EXPECT_NE(RequestGuard({})
                .check_source("localhost", "http://evil.example")
                ->message.find("server.allowed_origins"),
            std::string::npos);
}

TEST(RequestGuardTest, ListenHostAndConfiguredHostsAreWelcome) {
  GuardOptions options;
  options.listen_host = "10.0.0.5";
  options.allowed_hosts = {"box.example", "fd00::5"};
  EXPECT_EQ(check(options, "10.0.0.5:8585"), "ok");
  EXPECT_EQ(check(options, "BOX.example:8585"), "ok");
  EXPECT_EQ(check(options, "[fd00::5]:8585"), "ok");
  EXPECT_EQ(check(options, "10.0.0.6:8585"), "403 host_not_allowed");
  EXPECT_EQ(check(options, "other.example"), "403 host_not_allowed");
}

TEST(RequestGuardTest, AServerOnEveryAddressAnswersToAddressesButNotToNames) {
  for (const auto* everywhere : {"0.0.0.0", "::", "[::]"}) {
    GuardOptions options;
    options.listen_host = everywhere;
    EXPECT_EQ(check(options, "192.168.1.7:8585"), "ok");
    EXPECT_EQ(check(options, "[fe80::1]:8585"), "ok");
    EXPECT_EQ(check(options, "evil.example:8585"), "403 host_not_allowed");
  }
}

TEST(RequestGuardTest, AnOriginMustBeTheHostOrConfigured) {
  EXPECT_EQ(check({}, "localhost:8585", "http://localhost:8585"), "ok");
  EXPECT_EQ(check({}, "localhost", "http://localhost:80"), "ok");
  EXPECT_EQ(check({}, "localhost:443", "https://localhost"), "ok");
  for (const auto* origin : {"http://evil.example", "http://localhost", "http://localhost:3000",
                             "null", "http://127.0.0.1:8585", "file://", "ftp://localhost:8585"}) {
    EXPECT_EQ(check({}, "localhost:8585", origin), "403 origin_not_allowed") << origin;
  }
  GuardOptions options;
  options.allowed_origins = {"https://desk.example"};
  EXPECT_EQ(check(options, "localhost:8585", "https://desk.example"), "ok");
  EXPECT_EQ(check(options, "localhost:8585", "https://desk.example.evil"),
            "403 origin_not_allowed");
}

}  // namespace
}  // namespace transcribed::http
