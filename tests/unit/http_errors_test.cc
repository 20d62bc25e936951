#include "http/errors.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace transcribed::http {
namespace {

using Why = scheduler::Refusal::Why;

TEST(HttpErrorsTest, BodyHasTheContractsShape) {
  const auto response = to_response(bad_request("bad_value", "No \"good\".", "priority"));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(boost::json::parse(response.body),
            boost::json::parse(R"({"error":{"message":"No \"good\".","type":"invalid_request_error",
                                   "param":"priority","code":"bad_value"}})"));
  EXPECT_TRUE(boost::json::parse(to_response(bad_request("c", "m")).body)
                  .at("error")
                  .at("param")
                  .is_null());
}

TEST(HttpErrorsTest, BytesThatAreNoUtf8StillMakeJson) {
  EXPECT_NO_THROW(boost::json::parse(to_response(bad_request("c", "\xff", "\xc3")).body));
}

TEST(HttpErrorsTest, EachRefusalHasItsStatus) {
  const auto status = [](Why why) { return to_error({why, "m"}).status; };
  EXPECT_EQ(status(Why::unknown_model), 400);
  EXPECT_EQ(status(Why::no_default_model), 400);
  EXPECT_EQ(status(Why::draining), 503);
  EXPECT_EQ(status(Why::not_found), 404);
  EXPECT_EQ(status(Why::wrong_state), 409);
  EXPECT_EQ(status(Why::disk_full), 507);
  EXPECT_EQ(status(Why::io_error), 500);
  for (const auto why : {Why::unknown_model, Why::draining, Why::not_found, Why::wrong_state,
                         Why::disk_full, Why::io_error}) {
    EXPECT_NE(reason_phrase(to_error({why, "m"}).status), "");
  }
}

}  // namespace
}  // namespace transcribed::http
