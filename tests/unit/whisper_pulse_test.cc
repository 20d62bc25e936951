// That a job lives is said as long as it computes, and not a beat longer.
#include "whisper/pulse.h"

#include <gtest/gtest.h>

#include <atomic>

namespace transcribed::whisper {
namespace {

using namespace std::chrono_literals;

class Counted final : public worker::JobReport {
 public:
  void progress(double done_s, double total_s) override {
    EXPECT_EQ(done_s, 30);
    EXPECT_EQ(total_s, 90);
    ++said;
  }
  void segment(const core::Segment&) override { ++segments; }
  bool cancelled() const override { return asked; }

  std::atomic<int> said = 0;
  int segments = 0;
  bool asked = false;
};

struct Pulsing {
  Counted job;
  double cpu_s = 100;
  // Its own thread does not come to it.
  Pulse pulse{job, 10h, [this] { return cpu_s; }};
  void compute_and_beat() {
    cpu_s += 3600;
    pulse.beat();
  }
};

TEST(Pulse, RepeatsTheLastWordWhileTheJobComputes) {
  Pulsing one;
  one.compute_and_beat();
  EXPECT_EQ(one.job.said, 0) << "nothing was said yet";
  one.pulse.progress(30, 90);
  EXPECT_EQ(one.job.said, 1);
  one.compute_and_beat();
  one.compute_and_beat();
  EXPECT_EQ(one.job.said, 3);
}

TEST(Pulse, IsSilentWhileTheJobWaits) {
  Pulsing one;
  one.pulse.progress(30, 90);
  one.pulse.beat();
  one.cpu_s += 60;  // of ten hours
  one.pulse.beat();
  EXPECT_EQ(one.job.said, 1);
  one.compute_and_beat();
  EXPECT_EQ(one.job.said, 2);
}

TEST(Pulse, AStepWithoutEndFallsSilent) {
  Pulsing one;
  one.pulse.progress(30, 90);
  for (int i = 0; i < 2 * Pulse::most_beats; ++i) one.compute_and_beat();
  EXPECT_EQ(one.job.said, 1 + Pulse::most_beats);
  one.pulse.segment({});
  one.compute_and_beat();
  EXPECT_EQ(one.job.said, 2 + Pulse::most_beats) << "it went on to the next";
}

TEST(Pulse, PassesOnWhatTheJobSaysAndIsAsked) {
  Pulsing one;
  one.pulse.segment({});
  EXPECT_EQ(one.job.segments, 1);
  EXPECT_FALSE(one.pulse.cancelled());
  one.job.asked = true;
  EXPECT_TRUE(one.pulse.cancelled());
}

TEST(Pulse, ItsThreadSeesThisOneCompute) {
  Counted job;
  Pulse pulse(job, 1ms);
  pulse.progress(30, 90);
  while (job.said < 4) {
  }
  EXPECT_GE(job.said, 4);
}

}  // namespace
}  // namespace transcribed::whisper
