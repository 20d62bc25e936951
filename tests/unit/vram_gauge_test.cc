#include "scheduler/vram_gauge.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace transcribed::scheduler {
namespace {

using namespace std::chrono_literals;

class VramGaugeTest : public testing::Test {
 protected:
  VramGaugeTest() { gauge.start(); }

  void answer(VramGauge::Readings readings) {
    std::exchange(waiting, nullptr)(std::move(readings));
  }

  fakes::FakeClock clock;
  bool watched = true;
  int asked = 0;
  std::function<void(VramGauge::Readings)> waiting;
  VramGauge gauge{clock,
                  [this](std::function<void(VramGauge::Readings)> done) {
                    ++asked;
                    waiting = std::move(done);
                  },
                  [this] { return watched; }};
};

TEST_F(VramGaugeTest, AsksOnlyWhileSomebodyLooks) {
  watched = false;
  clock.advance(1h);
  EXPECT_EQ(asked, 0);
  watched = true;
  clock.advance(5s);
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(gauge.in_use(0));
  answer({{0, 5321}, {1, 400}});
  EXPECT_EQ(gauge.in_use(0), 5321);
  EXPECT_EQ(gauge.in_use(1), 400);
  EXPECT_FALSE(gauge.in_use(2));
  clock.advance(5s);
  EXPECT_EQ(asked, 2);
}

TEST_F(VramGaugeTest, DoesNotAskTwiceAtOnceAndForgetsWhatIsOld) {
  clock.advance(5s);
  answer({{0, 5321}});
  clock.advance(20s);
  EXPECT_EQ(asked, 2) << "the second has not answered";
  EXPECT_EQ(gauge.in_use(0), 5321);
  clock.advance(1s);
  EXPECT_FALSE(gauge.in_use(0));
}

TEST_F(VramGaugeTest, GivesUpOnADriverThatTellsNothing) {
  for (int i = 0; i < VramGauge::most_failures - 1; ++i) {
    clock.advance(5s);
    answer({});
  }
  clock.advance(5s);
  answer({{0, 1}});
  for (int i = 0; i < VramGauge::most_failures; ++i) {
    clock.advance(5s);
    answer({});
  }
  const int before = asked;
  clock.advance(1h);
  EXPECT_EQ(asked, before);
}

}  // namespace
}  // namespace transcribed::scheduler
