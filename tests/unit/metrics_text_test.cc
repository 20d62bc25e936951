// How figures are written for Prometheus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/metrics_text.h"

namespace transcribed::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array bounds{0.5, 1.0, 2.0};

TEST(Histogram, CountsWhatIsAtABoundBelowIt) {
  Histogram histogram(bounds);
  for (const double value : {0.0, 0.5, 0.6, 1.0, 2.0, 2.1}) histogram.observe(value);
  EXPECT_EQ(histogram.counts(), (std::vector<std::uint64_t>{2, 2, 1, 1}));
  EXPECT_DOUBLE_EQ(histogram.sum(), 6.2);
}

class MetricsText : public testing::Test {
 protected:
  MetricsText() {
    router.add(Method::get, "/api/jobs/{id}", {});
    router.add(Method::post, "/api/jobs", {});
    moment.router = &router;
  }
  std::string text() {
    moment.by_route = counts.by_route();
    return metrics_text(moment);
  }

  Router router;
  HttpCounts counts;
  MetricsMoment moment;
};

TEST_F(MetricsText, RequestsAreCountedByMethodRouteAndClass) {
  const auto& routes = router.routes();
  counts.answered(router, &routes[0], Method::get, 200, 2ms);
  counts.answered(router, &routes[0], Method::get, 404, 2ms);
  counts.answered(router, &routes[0], Method::get, 409, 3s);
  counts.answered(router, &routes[0], Method::head, 200, 2ms);
  counts.answered(router, &routes[1], Method::post, 0, 50s);
  counts.answered(router, nullptr, Method::other, 400, 0s);
  const std::string said = text();
  const std::string requests = "transcribed_http_requests_total{method=";
  EXPECT_THAT(said, HasSubstr(requests + R"("GET",route="/api/jobs/{id}",status="2xx"} 1)"));
  EXPECT_THAT(said, HasSubstr(requests + R"("GET",route="/api/jobs/{id}",status="4xx"} 2)"));
  EXPECT_THAT(said, HasSubstr(requests + R"("HEAD",route="/api/jobs/{id}",status="2xx"} 1)"));
  EXPECT_THAT(said, HasSubstr(requests + R"("POST",route="/api/jobs",status="none"} 1)"));
  EXPECT_THAT(said, HasSubstr(requests + R"("OTHER",route="none",status="4xx"} 1)"));
  const std::string seconds = "transcribed_http_request_duration_seconds_";
  EXPECT_THAT(said,
              HasSubstr(seconds + R"(bucket{method="GET",route="/api/jobs/{id}",le="0.005"} 3)"));
  EXPECT_THAT(said,
              HasSubstr(seconds + R"(bucket{method="GET",route="/api/jobs/{id}",le="+Inf"} 4)"));
  EXPECT_THAT(said, HasSubstr(seconds + R"(count{method="GET",route="/api/jobs/{id}"} 4)"));
  EXPECT_THAT(said, Not(HasSubstr(seconds + R"(count{method="POST")"))) << "never answered";
}

TEST_F(MetricsText, GivesMemoryInBytesAndHidesWhatIsNotKnown) {
  moment.resources.gpus = {{.gpu = {.id = 0,
                                    .name = "RTX \"5070\"\\Ti\n",
                                    .total_mb = 12227,
                                    .slots_max = 3,
                                    .capacity_mb = 10227},
                            .slots_used = 2,
                            .vram_used_mb = 6000},
                           {.gpu = {.id = 1, .name = "unknown"}}};
  moment.resources.system_ram_available_mb = 24500;
  const std::string said = text();
  EXPECT_THAT(said, HasSubstr("\ntranscribed_gpu_vram_total_bytes{gpu=\"0\"} 12820938752\n"));
  EXPECT_THAT(said, HasSubstr("\ntranscribed_gpu_vram_total_bytes{gpu=\"1\"} 0\n"));
  EXPECT_THAT(said, HasSubstr("\ntranscribed_gpu_vram_capacity_bytes{gpu=\"0\"} 10723786752\n"));
  EXPECT_THAT(said, Not(HasSubstr("transcribed_gpu_vram_capacity_bytes{gpu=\"1\"}")));
  EXPECT_THAT(said, HasSubstr(R"(transcribed_gpu_info{gpu="0",name="RTX \"5070\"\\Ti\n"} 1)"));
  EXPECT_THAT(said, HasSubstr("\ntranscribed_ram_available_bytes 25690112000\n"));
  EXPECT_THAT(said, Not(HasSubstr("transcribed_disk_free_bytes")));
}

TEST_F(MetricsText, KindsOfFailureAreThereFromTheStart) {
  const std::string said = text();
  EXPECT_THAT(said, HasSubstr("transcribed_jobs_failed_total{kind=\"bad_media\"} 0\n"));
  EXPECT_THAT(said, HasSubstr("transcribed_jobs_failed_total{kind=\"daemon_lost\"} 0\n"));
  EXPECT_THAT(said, HasSubstr("transcribed_attempts_lost_total{kind=\"engine_hung\"} 0\n"));
  EXPECT_THAT(said, Not(HasSubstr("transcribed_attempts_lost_total{kind=\"bad_media\"}")))
      << "a verdict on the recording loses no attempt";
}

}  // namespace
}  // namespace transcribed::http
