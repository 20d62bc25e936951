// / and /assets/...
#include "http/dashboard.h"

#include <array>

#include <gmock/gmock.h>

#include "http/key_ring.h"
#include "tests/integration/api_server_fixture.h"

namespace transcribed::tests {
namespace {

using testing::HasSubstr;

constexpr std::array<http::DashboardFile, 2> files{
    {{"/", "text/html; charset=utf-8", "1111", "<!doctype html>", "zipped page"},
     {"/assets/index-1a.js", "text/javascript; charset=utf-8", "2222", "run()", {}}}};

class HttpDashboardTest : public ApiServerTest {
 protected:
  void start_with(std::span<const http::DashboardFile> some) {
    start();
    on_loop([&] { http::add_dashboard(server_->router(), some); });
  }
};

TEST_F(HttpDashboardTest, ThePageMayNotCallAnybodyElseAndNeedsNoKey) {
  options_.keys = std::make_shared<http::KeyRing>("secret", "");
  start_with(files);
  const auto page = request("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "<!doctype html>");
  EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.headers.at("cache-control"), "no-cache");
  const auto& policy = page.headers.at("content-security-policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'self'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, testing::Not(HasSubstr("unsafe")));
  EXPECT_EQ(request("GET", "/api/resources").status, 401);
}

TEST_F(HttpDashboardTest, IsCompressedForThoseWhoTakeIt) {
  start_with(files);
  const auto zipped = [&](const std::string& accepted) {
    const auto answer = request("GET", "/", "Accept-Encoding: " + accepted + "\r\n");
    EXPECT_EQ(answer.headers.at("vary"), "Accept-Encoding");
    EXPECT_EQ(answer.body == "zipped page", answer.headers.contains("content-encoding"));
    return answer.body == "zipped page";
  };
  EXPECT_TRUE(zipped("gzip"));
  EXPECT_TRUE(zipped("deflate, gzip;q=0.5, br"));
  EXPECT_FALSE(zipped("gzip;q=0"));
  EXPECT_FALSE(zipped("br, x-gzip"));
  EXPECT_FALSE(zipped("identity"));
}

TEST_F(HttpDashboardTest, AssetsAreKeptForEverAndThePageIsAskedForAnew) {
  start_with(files);
  const auto asset = request("GET", "/assets/index-1a.js");
  EXPECT_EQ(asset.headers.at("cache-control"), "public, max-age=31536000, immutable");
  const auto etag = request("GET", "/").headers.at("etag");
  const auto again = request("GET", "/", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_FALSE(again.headers.contains("content-length"));
  EXPECT_EQ(again.headers.at("etag"), etag);
  EXPECT_EQ(request("GET", "/", "If-None-Match: W/\"old\"\r\n").status, 200);
  EXPECT_EQ(request("GET", "/assets/index-old.js").status, 404);
}

TEST_F(HttpDashboardTest, ABuildWithoutItSaysHowToGetIt) {
  start_with({});
  const auto page = request("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("make build"));
  EXPECT_EQ(request("HEAD", "/").status, 200);
}

}  // namespace
}  // namespace transcribed::tests
