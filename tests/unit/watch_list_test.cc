#include "client/watch_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::client {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

constexpr FileVersion one{100, 1};
constexpr FileVersion two{200, 2};

class WatchListTest : public testing::Test {
 protected:
  std::filesystem::path expect_next() { return list_.next().value_or("nothing"); }

  WatchList::Time now_{1h};
  WatchList list_{10s};
};

TEST_F(WatchListTest, WhatRestedLongEnoughIsTakenAtOnce) {
  list_.found("old.wav", one, 1h, now_);
  list_.found("new.wav", one, 2s, now_);
  EXPECT_EQ(expect_next(), "old.wav");
  EXPECT_FALSE(list_.next());
  EXPECT_EQ(list_.next_look(), now_ + 10s);
}

TEST_F(WatchListTest, WhatIsYoungMustRestFirst) {
  list_.found("a.wav", one, 0s, now_);
  EXPECT_THAT(list_.to_look_at(now_ + 9s), IsEmpty());
  EXPECT_THAT(list_.to_look_at(now_ + 10s), ElementsAre("a.wav"));
  // It changed meanwhile: once more.
  list_.found("a.wav", two, 1s, now_ + 10s);
  EXPECT_FALSE(list_.next());
  EXPECT_THAT(list_.to_look_at(now_ + 15s), IsEmpty());
  list_.found("a.wav", two, 11s, now_ + 20s);
  EXPECT_EQ(expect_next(), "a.wav");
  EXPECT_FALSE(list_.next_look());
}

TEST_F(WatchListTest, AFileFromTheFutureRestsByOurClock) {
  list_.found("a.wav", one, -1h, now_);
  EXPECT_FALSE(list_.next());
  list_.found("a.wav", one, -1h, now_ + 10s);
  EXPECT_EQ(expect_next(), "a.wav");
}

TEST_F(WatchListTest, WhatIsClosedInOurSightNeedsNoRest) {
  list_.being_written("a.wav");
  list_.found("a.wav", one, 1h, now_);  // a look in between: it is still being written
  EXPECT_FALSE(list_.next());
  list_.complete("a.wav", two);
  EXPECT_EQ(expect_next(), "a.wav");
}

TEST_F(WatchListTest, EachVersionIsTakenOnce) {
  list_.complete("a.wav", one);
  list_.complete("a.wav", one);
  EXPECT_EQ(expect_next(), "a.wav");
  EXPECT_FALSE(list_.next());
  list_.complete("a.wav", one);
  list_.found("a.wav", one, 1h, now_);
  EXPECT_FALSE(list_.next());
  list_.complete("a.wav", two);
  EXPECT_EQ(expect_next(), "a.wav");
}

TEST_F(WatchListTest, OneThatIsOpenedAgainBeforeItWasTakenWaits) {
  list_.complete("a.wav", one);
  list_.being_written("a.wav");
  EXPECT_FALSE(list_.next());
  list_.complete("a.wav", one);
  EXPECT_EQ(expect_next(), "a.wav");
  EXPECT_FALSE(list_.next());
}

TEST_F(WatchListTest, AFolderThatGoesTakesAllItHeldWithIt) {
  list_.found("a/b/x.wav", one, 0s, now_);
  list_.complete("a/b/y.wav", one);
  list_.complete("a/bc.wav", one);
  list_.gone("a/b");
  EXPECT_EQ(expect_next(), "a/bc.wav");
  EXPECT_FALSE(list_.next());
  EXPECT_FALSE(list_.next_look());
  // The same name again is a new file.
  list_.complete("a/b/y.wav", one);
  EXPECT_EQ(expect_next(), "a/b/y.wav");
}

TEST_F(WatchListTest, AfterLostWordsAnOpenFileMustRest) {
  list_.being_written("a.wav");
  list_.doubt(now_);
  list_.found("a.wav", one, 1s, now_);
  EXPECT_FALSE(list_.next());
  list_.found("a.wav", one, 11s, now_ + 10s);
  EXPECT_EQ(expect_next(), "a.wav");
}

}  // namespace
}  // namespace transcribed::client
