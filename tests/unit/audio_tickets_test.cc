#include "http/audio_tickets.h"

#include <set>

#include <gtest/gtest.h>

namespace transcribed::http {
namespace {

using namespace std::chrono_literals;

const AudioTickets::Time start{std::chrono::hours(1)};

TEST(AudioTicketsTest, EachOpensItsOwnRecordingForTwelveHours) {
  AudioTickets tickets;
  const auto one = tickets.issue(core::JobId{1}, "office", start);
  const auto two = tickets.issue(core::JobId{2}, "office", start + 1h);
  EXPECT_EQ(one.size(), 32u);
  EXPECT_EQ(tickets.find(one, start)->job.value, 1u);
  EXPECT_EQ(tickets.find(two, start + 11h)->job.value, 2u);
  EXPECT_EQ(tickets.find(one, start)->owner, "office");
  EXPECT_FALSE(tickets.find(one, start + 12h));
  EXPECT_TRUE(tickets.find(two, start + 12h));
  EXPECT_FALSE(tickets.find("", start));
  EXPECT_FALSE(tickets.find(one.substr(1), start));
}

TEST(AudioTicketsTest, NoTwoAreAlikeAndTheOldestGiveWay) {
  AudioTickets tickets;
  const auto first = tickets.issue(core::JobId{1}, "office", start);
  std::set<std::string> all{first};
  for (std::size_t i = 1; i < AudioTickets::most; ++i) {
    all.insert(tickets.issue(core::JobId{1}, "office", start));
  }
  EXPECT_EQ(all.size(), AudioTickets::most);
  EXPECT_TRUE(tickets.find(first, start));
  tickets.issue(core::JobId{1}, "office", start);
  EXPECT_FALSE(tickets.find(first, start));
}

}  // namespace
}  // namespace transcribed::http
