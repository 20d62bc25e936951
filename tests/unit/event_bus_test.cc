// The ring of events, in virtual time.
#include "scheduler/event_bus.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace transcribed::scheduler {
namespace {

using namespace std::chrono_literals;

class EventBusTest : public testing::Test {
 protected:
  std::unique_ptr<EventBus::Subscription> subscribe() {
    return bus_.subscribe([this] { ++wakes_; });
  }
  void happen(core::JobId job = {1}, const std::string& json = "{}") {
    if (bus_.is_wanted()) bus_.publish(EventType::job, job, json);
  }

  fakes::FakeClock clock_;
  EventBus bus_{clock_, {.boot = "b", .most_events = 4, .most_bytes = 100'000}};
  int wakes_ = 0;
};

TEST_F(EventBusTest, TypesHaveTheNamesOfTheContract) {
  for (const char* word : {"job", "progress", "segment", "removed", "resources"}) {
    ASSERT_TRUE(parse_event_type(word)) << word;
    EXPECT_EQ(to_string(*parse_event_type(word)), word);
  }
  EXPECT_EQ(parse_event_type("reset"), std::nullopt) << "it is the server's, not an event";
  EXPECT_EQ(parse_event_type(""), std::nullopt);
}

TEST_F(EventBusTest, NothingIsKeptWhileNobodyHasEverFollowed) {
  EXPECT_FALSE(bus_.is_wanted());
  EXPECT_EQ(bus_.latest(), 0U);
  const auto reader = subscribe();
  EXPECT_TRUE(bus_.is_wanted());
  EXPECT_FALSE(bus_.holds_after(0)) << "something had happened by then";
  EXPECT_TRUE(bus_.holds_after(bus_.latest()));
}

TEST_F(EventBusTest, EventsAreNumberedAndTheirTextIsKept) {
  const auto reader = subscribe();
  const auto before = bus_.latest();
  happen({7}, "{\"a\":1}");
  happen({8}, "{\"b\":2}");
  EXPECT_EQ(bus_.latest(), before + 2);
  EXPECT_EQ(*bus_.at(before + 1).json, "{\"a\":1}");
  EXPECT_EQ(bus_.at(before + 2).job, core::JobId{8});
  EXPECT_EQ(bus_.at(before + 2).seq, before + 2);
}

TEST_F(EventBusTest, ReadersAreWokenOnceForAllThatHappensInATurn) {
  const auto one = subscribe();
  const auto two = subscribe();
  happen();
  happen();
  EXPECT_EQ(wakes_, 0) << "not from inside";
  clock_.run_due();
  EXPECT_EQ(wakes_, 2);
  clock_.run_due();
  EXPECT_EQ(wakes_, 2);
  happen();
  clock_.run_due();
  EXPECT_EQ(wakes_, 4);
}

TEST_F(EventBusTest, AReaderThatEndsInAnothersWakeIsNotWoken) {
  std::unique_ptr<EventBus::Subscription> second;
  const auto first = bus_.subscribe([&] { second.reset(); });
  second = subscribe();
  happen();
  clock_.run_due();
  EXPECT_EQ(wakes_, 0);
}

TEST_F(EventBusTest, TheOldestGoWhenThereAreTooMany) {
  const auto reader = subscribe();
  const auto start = bus_.latest();
  for (int i = 0; i < 4; ++i) happen();
  EXPECT_TRUE(bus_.holds_after(start));
  happen();
  EXPECT_FALSE(bus_.holds_after(start));
  EXPECT_TRUE(bus_.holds_after(start + 1));
  EXPECT_EQ(bus_.at(start + 2).seq, start + 2);
  EXPECT_FALSE(bus_.holds_after(bus_.latest() + 1)) << "nobody can have seen that";
}

TEST_F(EventBusTest, TheOldestGoWhenTheyAreTooLarge) {
  const auto reader = subscribe();
  const auto start = bus_.latest();
  happen({1}, std::string(60'000, 'x'));
  happen({1}, std::string(60'000, 'x'));
  EXPECT_FALSE(bus_.holds_after(start));
  EXPECT_TRUE(bus_.holds_after(start + 1));
  happen({1}, std::string(200'000, 'x'));
  EXPECT_TRUE(bus_.holds_after(start + 2)) << "the newest stays, however large";
  happen({1}, "{}");
  EXPECT_TRUE(bus_.holds_after(start + 3));
  EXPECT_FALSE(bus_.holds_after(start + 2));
}

TEST_F(EventBusTest, WhoComesBackSoonHasMissedNothing) {
  auto reader = subscribe();
  happen();
  const auto place = bus_.latest();
  reader.reset();
  clock_.advance(59s);
  happen();
  clock_.run_due();
  EXPECT_EQ(wakes_, 0) << "nobody is there";
  reader = subscribe();
  EXPECT_TRUE(bus_.holds_after(place));
  EXPECT_EQ(bus_.latest(), place + 1);
}

TEST_F(EventBusTest, WhoComesBackLateHasMissedWhatHappened) {
  auto reader = subscribe();
  happen();
  const auto place = bus_.latest();
  reader.reset();
  clock_.advance(60s);
  EXPECT_FALSE(bus_.is_wanted());
  reader = subscribe();
  EXPECT_FALSE(bus_.holds_after(place));
  const auto fresh = bus_.latest();
  EXPECT_TRUE(bus_.holds_after(fresh));
  happen();
  EXPECT_TRUE(bus_.holds_after(fresh));
  EXPECT_FALSE(bus_.holds_after(place));
}

TEST_F(EventBusTest, WhoComesBackLateToAQuietMachineHasMissedNothing) {
  auto reader = subscribe();
  happen();
  const auto place = bus_.latest();
  reader.reset();
  clock_.advance(1h);
  reader = subscribe();
  EXPECT_TRUE(bus_.holds_after(place - 1));
  EXPECT_EQ(bus_.latest(), place);
}

TEST_F(EventBusTest, TheFirstSubscriberIsAnnounced) {
  int first = 0;
  bus_.on_first_subscriber([&] { ++first; });
  auto one = subscribe();
  auto two = subscribe();
  EXPECT_EQ(first, 1);
  EXPECT_TRUE(bus_.has_subscribers());
  one.reset();
  two.reset();
  EXPECT_FALSE(bus_.has_subscribers());
  one = subscribe();
  EXPECT_EQ(first, 2);
}

TEST_F(EventBusTest, KnowsWhetherAJobWasToldOfSince) {
  const auto reader = subscribe();
  happen({1});
  const auto place = bus_.latest();
  happen({2});
  EXPECT_TRUE(bus_.told_after(place - 1, {1}));
  EXPECT_FALSE(bus_.told_after(place, {1}));
  EXPECT_TRUE(bus_.told_after(place, {2}));
  for (int i = 0; i < 10; ++i) happen({3});
  EXPECT_TRUE(bus_.told_after(place, {1})) << "that is not held any more";
}

}  // namespace
}  // namespace transcribed::scheduler
