#include "http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::http {
namespace {

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    const Handler none = [](const ExchangePtr&) {};
    router.add(Method::get, "/", none);
    router.add(Method::get, "/api/jobs", none);
    router.add(Method::post, "/api/jobs", none);
    router.add(Method::get, "/api/jobs/{id}", none);
    router.add(Method::delete_, "/api/jobs/{id}", none);
    router.add(Method::post, "/api/jobs/{id}/cancel", none);
    router.add(Method::get, "/healthz", none, KeyRule::open);
  }

  std::string found(Method method, std::string_view path) {
    const auto result = router.find(method, path);
    if (const auto* error = std::get_if<ApiError>(&result)) return std::to_string(error->status);
    const auto& match = std::get<RouteMatch>(result);
    auto text = std::string(to_string(match.route->method)) + " " + match.route->pattern;
    for (const auto& [name, value] : match.parameters) {
      text += " " + std::string(name) + "=" + value;
    }
    return text;
  }

  Router router;
};

TEST_F(RouterTest, MethodAndPathChoose) {
  EXPECT_EQ(found(Method::get, "/"), "GET /");
  EXPECT_EQ(found(Method::get, "/api/jobs"), "GET /api/jobs");
  EXPECT_EQ(found(Method::post, "/api/jobs"), "POST /api/jobs");
  EXPECT_EQ(found(Method::delete_, "/api/jobs/a1"), "DELETE /api/jobs/{id} id=a1");
  EXPECT_EQ(found(Method::post, "/api/jobs/a1/cancel"), "POST /api/jobs/{id}/cancel id=a1");
}

TEST_F(RouterTest, HeadIsAnsweredByGet) {
  EXPECT_EQ(found(Method::head, "/api/jobs"), "GET /api/jobs");
  EXPECT_EQ(found(Method::head, "/api/jobs/a1/cancel"), "405");
}

TEST_F(RouterTest, OneSlashAtTheEndMakesNoDifference) {
  EXPECT_EQ(found(Method::get, "/api/jobs/"), "GET /api/jobs");
  EXPECT_EQ(found(Method::get, "/api/jobs/a1/"), "GET /api/jobs/{id} id=a1");
  EXPECT_EQ(found(Method::get, "/api/jobs//"), "404");
}

TEST_F(RouterTest, WhatIsNotThereIs404) {
  for (const auto* path :
       {"/api", "/api/job", "/api/jobs/a/b", "//a", "/healthz/x", "/api/../api/jobs"}) {
    EXPECT_EQ(found(Method::get, path), "404") << path;
  }
}

TEST_F(RouterTest, AnotherMethodIs405WithAllow) {
  const auto result = router.find(Method::put, "/api/jobs");
  const auto& error = std::get<ApiError>(result);
  EXPECT_EQ(error.status, 405);
  EXPECT_THAT(error.headers, testing::ElementsAre(testing::Pair("Allow", "GET, HEAD, POST")));
  EXPECT_EQ(found(Method::other, "/api/jobs/a1"), "405");
}

TEST_F(RouterTest, ParametersAreDecoded) {
  EXPECT_EQ(found(Method::get, "/api/jobs/a%2Fb%20c"), "GET /api/jobs/{id} id=a/b c");
  EXPECT_EQ(found(Method::get, "/api/jobs/a%"), "404");
  EXPECT_EQ(found(Method::get, "/api/jobs/a%00b"), "404");
}

TEST_F(RouterTest, KeepsAListOfItsRoutes) {
  ASSERT_EQ(router.routes().size(), 7U);
  EXPECT_EQ(router.routes()[3].pattern, "/api/jobs/{id}");
  EXPECT_EQ(router.routes()[6].key_rule, KeyRule::open);
}

}  // namespace
}  // namespace transcribed::http
