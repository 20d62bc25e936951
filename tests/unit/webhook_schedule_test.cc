#include "core/webhook_schedule.h"

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

using namespace std::chrono_literals;
using What = WebhookNext::What;

WebhookAnswer status(int code) { return {.status = code, .retry_after = {}}; }
const WebhookAnswer no_answer{};

TEST(WebhookSchedule, AFullyFailingReceiverIsTriedOverDays) {
  Milliseconds since_start{0};
  for (int attempts = 1; attempts < max_webhook_attempts; ++attempts) {
    const WebhookNext next = after_webhook_attempt(attempts, no_answer, 0);
    ASSERT_EQ(next.what, What::again) << attempts;
    since_start += next.wait;
  }
  EXPECT_EQ(since_start, 75h + 35min + 5s) << "the last row of the specification's table";
  EXPECT_EQ(after_webhook_attempt(max_webhook_attempts, no_answer, 0).what, What::given_up);
  EXPECT_EQ(after_webhook_attempt(max_webhook_attempts + 1, no_answer, 0).what, What::given_up);
}

TEST(WebhookSchedule, ThePausesAreThePublishedOnes) {
  const std::vector<Milliseconds> published{5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
  for (std::size_t i = 0; i < published.size(); ++i) {
    EXPECT_EQ(after_webhook_attempt(static_cast<int>(i) + 1, status(500), 0).wait, published[i]);
  }
}

TEST(WebhookSchedule, AnySuccessIsTheEnd) {
  for (const int code : {200, 201, 204, 299}) {
    EXPECT_EQ(after_webhook_attempt(1, status(code), 0).what, What::delivered) << code;
    EXPECT_EQ(after_webhook_attempt(max_webhook_attempts, status(code), 0).what, What::delivered);
  }
}

TEST(WebhookSchedule, EverythingElseIsAFailure) {
  for (const int code : {100, 199, 300, 301, 307, 400, 401, 404, 409, 429, 500, 502, 503, 504}) {
    EXPECT_EQ(after_webhook_attempt(1, status(code), 0).what, What::again) << code;
  }
}

TEST(WebhookSchedule, AReceiverThatIsGoneIsLeftAlone) {
  EXPECT_EQ(after_webhook_attempt(1, status(410), 0).what, What::unwanted);
  EXPECT_EQ(after_webhook_attempt(max_webhook_attempts, status(410), 0).what, What::unwanted);
}

TEST(WebhookSchedule, JitterLengthensByUpToAFifth) {
  EXPECT_EQ(after_webhook_attempt(2, no_answer, 0.5).wait, 5min + 30s);
  EXPECT_EQ(after_webhook_attempt(2, no_answer, 1).wait, 6min);
  EXPECT_EQ(after_webhook_attempt(2, no_answer, -3).wait, 5min) << "never sooner";
  EXPECT_EQ(after_webhook_attempt(2, no_answer, 70).wait, 6min);
}

TEST(WebhookSchedule, RetryAfterIsRespected) {
  const auto asked = [](Milliseconds wait) { return WebhookAnswer{503, wait}; };
  EXPECT_EQ(after_webhook_attempt(1, asked(90s), 0).wait, 90s);
  EXPECT_EQ(after_webhook_attempt(3, asked(90s), 0).wait, 30min) << "the schedule asks for more";
  EXPECT_EQ(after_webhook_attempt(1, asked(90s), 1).wait, 90s);
  EXPECT_EQ(after_webhook_attempt(1, asked(1000h), 0).wait, 24h) << "but not for ever";
  EXPECT_EQ(after_webhook_attempt(1, asked(-90s), 0).wait, 5s);
}

}  // namespace
}  // namespace transcribed::core
