// Following the events over real sockets: places, resets, heartbeats, and readers that are slow.
#include <gmock/gmock.h>

#include "adapters/api_keys.h"
#include "http/event_text.h"
#include "http/key_ring.h"
#include "tests/fakes/event_client.h"
#include "tests/integration/api_server_fixture.h"

namespace transcribed::tests {
namespace {

using fakes::EventClient;
using fakes::RawHttpClient;
using fakes::SseEvent;
using scheduler::EventType;
using ::testing::ElementsAre;

class HttpEventsTest : public ApiServerTest {
 protected:
  // Whatever the reader is to hear of is told on the loop, as the scheduler does.
  void tell(EventType type, std::optional<core::JobId> job, const std::string& json,
            bool last = false) {
    on_loop([&] {
      auto& bus = jobs_->events();
      if (bus.is_wanted()) bus.publish(type, job, json, last);
    });
  }
  void tell(const std::string& json) { tell(EventType::job, core::JobId{1}, json); }
  void tell_numbers(int from, int to) {
    for (int i = from; i <= to; ++i) tell("{\"n\":" + std::to_string(i) + "}");
  }
  static std::int64_t number(const std::optional<SseEvent>& event) {
    return event ? event->json().at("n").as_int64() : -1;
  }
  core::JobId add_job(core::JobState state) {
    return on_loop([&] { return jobs_->add(state); });
  }
  static std::string events_of(core::JobId id) { return "/api/jobs/" + id.to_string() + "/events"; }
  void stop() {
    on_loop([&] { server_->stop(std::chrono::seconds(30), [] {}); });
  }
  std::size_t connections() {
    return on_loop([&] { return server_->connections(); });
  }
};

core::Segment segment(int id, std::string text) {
  core::Segment one;
  one.id = id;
  one.text = std::move(text);
  return one;
}

TEST(EventText, IdsAreReadAsTheyAreWritten) {
  const auto id = http::parse_event_id(http::to_string(http::EventId{"a1b2", 77}));
  ASSERT_TRUE(id);
  EXPECT_EQ(id->boot, "a1b2");
  EXPECT_EQ(id->seq, 77U);
  for (const char* text : {"", "-", "-1", "a", "a-", "a-x", "a-1x", "a-99999999999999999999999"}) {
    EXPECT_FALSE(http::parse_event_id(text)) << text;
  }
}

TEST_F(HttpEventsTest, WhoWouldNotBeLetInAnyMoreIsLetGo) {
  const auto file = folder_ / "keys.json";
  options_.keys = std::make_shared<http::KeyRing>("", file);
  options_.events.heartbeat = std::chrono::milliseconds(20);
  start();
  EventClient reader(port_);
  reader.wait_for_place();
  adapters::ApiKey key;
  key.caller.name = "office";
  key.digest = adapters::key_digest("secret");
  ASSERT_TRUE(adapters::write_api_keys(file, {key}));
  EXPECT_FALSE(reader.next()) << "its stream ends";
  EXPECT_EQ(request("GET", "/api/events").status, 401);
}

TEST_F(HttpEventsTest, EventsComeAsTheyHappen) {
  start();
  EventClient reader(port_);
  EXPECT_EQ(reader.head().status, 200);
  EXPECT_EQ(reader.head().headers.at("content-type"), "text/event-stream");
  EXPECT_EQ(reader.head().headers.at("cache-control"), "no-store");
  reader.wait_for_place();
  EXPECT_EQ(reader.retry_ms(), 2000);
  tell(EventType::job, core::JobId{1}, R"({"a":1})");
  tell(EventType::progress, core::JobId{1}, R"({"b":2})");
  tell(EventType::resources, std::nullopt, R"({"c":3})");
  const auto first = reader.next();
  EXPECT_EQ(first->name, "job");
  EXPECT_EQ(first->data, R"({"a":1})");
  EXPECT_TRUE(first->id.starts_with("boot-")) << first->id;
  EXPECT_EQ(reader.next()->name, "progress");
  EXPECT_EQ(reader.next()->data, R"({"c":3})");
}

TEST_F(HttpEventsTest, OnlyWhatIsAskedForComes) {
  start();
  EventClient reader(port_, "/api/events?types=segment,removed");
  reader.wait_for_place();
  tell(EventType::job, core::JobId{1}, "{}");
  tell(EventType::removed, core::JobId{1}, R"({"id":"x"})", true);
  tell(EventType::progress, core::JobId{2}, "{}");
  tell(EventType::segment, core::JobId{2}, R"({"id":"y"})");
  EXPECT_EQ(reader.next()->name, "removed");
  EXPECT_EQ(reader.next()->name, "segment");
}

TEST_F(HttpEventsTest, WhatIsWronglyAskedForIsASentence) {
  start();
  const auto types = request("GET", "/api/events?types=jobs");
  EXPECT_EQ(types.status, 400);
  EXPECT_EQ(types.error("param"), "types");
  EXPECT_THAT(types.error("message"), ::testing::HasSubstr("did you mean job?"));
  EXPECT_EQ(request("GET", "/api/events?types=").status, 400);
  EXPECT_EQ(request("GET", "/api/events?type=job").status, 400);
  EXPECT_EQ(request("GET", "/api/events?last_event_id=x").error("param"), "last_event_id");
  EXPECT_EQ(request("GET", "/api/jobs/none/events").status, 404);
  EXPECT_EQ(request("GET", events_of(core::JobId{99})).status, 404);
  EXPECT_EQ(request("POST", "/api/events").status, 405);
}

TEST_F(HttpEventsTest, AReaderThatComesBackGoesOnWhereItWas) {
  start();
  std::string place;
  {
    EventClient reader(port_);
    reader.wait_for_place();
    tell_numbers(1, 5);
    for (int i = 1; i <= 3; ++i) EXPECT_EQ(number(reader.next()), i);
    place = reader.last_id();
  }
  tell_numbers(6, 10);
  EventClient by_header(port_, "/api/events", place);
  for (int i = 4; i <= 10; ++i) EXPECT_EQ(number(by_header.next()), i);
  EventClient by_query(port_, "/api/events?last_event_id=" + place);
  for (int i = 4; i <= 10; ++i) EXPECT_EQ(number(by_query.next()), i);
  // A browser keeps the address and sends the header.
  EventClient by_both(port_, "/api/events?last_event_id=" + place, by_query.last_id());
  by_both.wait_for_place();
  tell_numbers(11, 11);
  EXPECT_EQ(number(by_both.next()), 11);
  EXPECT_EQ(number(by_header.next()), 11);
}

TEST_F(HttpEventsTest, OneThatHasOnlyConnectedCanComeBack) {
  start();
  std::string place;
  {
    EventClient reader(port_);
    reader.wait_for_place();
    place = reader.last_id();
  }
  tell_numbers(1, 1);
  EventClient again(port_, "/api/events", place);
  EXPECT_EQ(number(again.next()), 1);
}

TEST_F(HttpEventsTest, AnotherRunOfTheDaemonIsAReset) {
  start();
  EventClient reader(port_, "/api/events", "another-1");
  const auto reset = reader.next();
  EXPECT_EQ(reset->name, "reset");
  EXPECT_EQ(reset->data, "{}");
  tell_numbers(1, 2);
  EXPECT_EQ(number(reader.next()), 1);
  EventClient again(port_, "/api/events", reset->id);
  EXPECT_EQ(number(again.next()), 1) << "the reset's id is a place";
}

TEST_F(HttpEventsTest, WhatIsNotHeldAnyMoreIsAReset) {
  jobs_->event_options.most_events = 10;
  start();
  std::string place;
  {
    EventClient reader(port_);
    reader.wait_for_place();
    place = reader.last_id();
  }
  tell_numbers(1, 11);
  EventClient late(port_, "/api/events", place);
  EXPECT_EQ(late.next()->name, "reset");
  tell_numbers(12, 12);
  EXPECT_EQ(number(late.next()), 12);
  EventClient ahead(port_, "/api/events", "boot-999999");
  EXPECT_EQ(ahead.next()->name, "reset") << "nobody can have been there";
}

TEST_F(HttpEventsTest, SilenceIsBrokenByHeartbeatsThatMoveThePlace) {
  options_.events.heartbeat = std::chrono::milliseconds(30);
  start();
  EventClient reader(port_, "/api/events?types=removed");
  reader.wait_for_place();
  const auto before = reader.last_id();
  tell_numbers(1, 1);
  // What it does not want does not leave it behind.
  for (int i = 0; i < 100 && reader.last_id() == before; ++i) reader.wait_for_comment();
  EXPECT_NE(reader.last_id(), before);
  reader.wait_for_comment();
  reader.wait_for_comment();
  EXPECT_GE(reader.comments(), 3);
}

TEST_F(HttpEventsTest, AReaderThatReadsNothingIsLetGoAndItsPlaceIsTooOld) {
  jobs_->event_options.most_events = 20;
  options_.events.bytes_at_once = 100'000;
  start();
  EventClient quick(port_);
  quick.wait_for_place();
  EventClient slow(port_, "/api/events", {}, 4096);
  slow.wait_for_place();
  int told = 0;
  // The kernel takes some megabytes for it first.
  while (connections() == 2 && told < 2000) {
    ++told;
    tell(R"({"n":)" + std::to_string(told) + R"(,"filler":")" + std::string(100'000, 'x') + "\"}");
    EXPECT_EQ(number(quick.next()), told);
  }
  ASSERT_EQ(connections(), 1U);
  // What had gone out arrives in order; the rest it is told it has missed.
  std::int64_t got = 0;
  try {
    while (const auto event = slow.next()) {
      if (event->name == "reset") break;
      EXPECT_EQ(number(event), ++got);
    }
  } catch (const std::runtime_error&) {
  }
  EXPECT_GT(got, 0);
  EXPECT_LT(got, told);
  EventClient again(port_, "/api/events", slow.last_id());
  EXPECT_EQ(again.next()->name, "reset");
}

TEST_F(HttpEventsTest, AReaderThatReadsLateIsToldOfTheResetAndClosed) {
  jobs_->event_options.most_events = 5;
  options_.events.least_interval = std::chrono::hours(1);  // it is given nothing meanwhile
  start();
  EventClient reader(port_);
  reader.wait_for_place();
  tell_numbers(1, 1);
  EXPECT_EQ(number(reader.next()), 1);
  tell_numbers(2, 20);
  stop();
  const auto reset = reader.next();
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->name, "reset");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.connection_ends());
}

TEST_F(HttpEventsTest, ASlowReaderThatCatchesUpMissesNothing) {
  options_.events.bytes_at_once = 50'000;
  start();
  EventClient slow(port_, "/api/events", {}, 4096);
  slow.wait_for_place();
  constexpr int count = 3000;
  const std::string filler(2000, 'x');
  for (int i = 1; i <= count; ++i) {
    tell(R"({"n":)" + std::to_string(i) + R"(,"filler":")" + filler + "\"}");
  }
  for (int i = 1; i <= count; ++i) ASSERT_EQ(number(slow.next()), i);
}

TEST_F(HttpEventsTest, ReadersHaveALimitOfTheirOwn) {
  options_.limits.connections = 3;
  options_.events.max_readers = 6;
  start();
  std::vector<std::unique_ptr<EventClient>> readers;
  for (int i = 0; i < 6; ++i) {
    readers.push_back(std::make_unique<EventClient>(port_));
    EXPECT_EQ(readers.back()->head().status, 200);
  }
  const auto refused = request("GET", "/api/events");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.error("code"), "too_many_event_readers");
  EXPECT_TRUE(refused.headers.contains("retry-after"));
  EXPECT_EQ(request("GET", "/healthz").status, 200) << "ordinary requests have room";
  readers.pop_back();
  EXPECT_TRUE(eventually([&] { return EventClient(port_).head().status == 200; }));
}

TEST_F(HttpEventsTest, HeadTakesNoSeat) {
  options_.events.max_readers = 1;
  start();
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(eventually([&] {
      const auto head = request("HEAD", "/api/events");
      return head.status == 200 && head.headers.at("content-type") == "text/event-stream";
    }));
  }
}

TEST_F(HttpEventsTest, StopGivesWhatThereIsAndEndsTheStreams) {
  options_.events.least_interval = std::chrono::hours(1);
  start();
  EventClient reader(port_);
  reader.wait_for_place();
  tell_numbers(1, 1);
  EXPECT_EQ(number(reader.next()), 1);
  tell_numbers(2, 4);
  stop();
  for (int i = 2; i <= 4; ++i) EXPECT_EQ(number(reader.next()), i);
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.connection_ends());
}

// --- one job ---

TEST_F(HttpEventsTest, AJobsStreamBeginsWithItselfAndWhatWasHeard) {
  start();
  const auto id = add_job(core::JobState::running);
  on_loop([&] { jobs_->transcripts[id].segments = {segment(0, " one"), segment(1, " two")}; });
  EventClient reader(port_, events_of(id));
  const auto job = reader.next();
  EXPECT_EQ(job->name, "job");
  EXPECT_EQ(job->id, "") << "who is cut here begins again";
  EXPECT_EQ(job->json().at("id").as_string(), id.to_string());
  EXPECT_EQ(reader.next()->json().at("segment").at("text").as_string(), " one");
  const auto last = reader.next();
  EXPECT_EQ(last->json().at("segment").at("text").as_string(), " two");
  EXPECT_NE(last->id, "");

  tell(EventType::segment, core::JobId{1}, R"({"of":"another"})");
  tell(EventType::segment, id, R"({"of":"this"})");
  EXPECT_EQ(reader.next()->data, R"({"of":"this"})");
  tell(EventType::job, id, R"({"state":"completed"})", true);
  EXPECT_EQ(reader.next()->data, R"({"state":"completed"})");
  EXPECT_EQ(reader.next(), std::nullopt) << "that was the end";
  EXPECT_TRUE(reader.connection_ends());
}

TEST_F(HttpEventsTest, ABrowserThatComesBackToAnEndedJobIsToldToStay) {
  start();
  const auto id = add_job(core::JobState::completed);
  on_loop([&] { jobs_->transcripts[id].segments = {segment(0, " one")}; });
  EventClient reader(port_, events_of(id));
  EXPECT_EQ(reader.next()->name, "job");
  EXPECT_EQ(reader.next()->name, "segment");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(EventClient(port_, events_of(id), reader.last_id()).head().status, 204);
  // With the end still to come it gets that.
  std::string before;
  {
    EventClient other(port_);
    other.wait_for_place();
    before = other.last_id();
  }
  tell(EventType::job, id, R"({"state":"completed"})", true);
  EventClient late(port_, events_of(id), before);
  EXPECT_EQ(late.next()->data, R"({"state":"completed"})");
  EXPECT_EQ(late.next(), std::nullopt);
  EXPECT_EQ(EventClient(port_, events_of(id), late.last_id()).head().status, 204);
}

TEST_F(HttpEventsTest, AJobsReaderFromAnotherRunBeginsAgain) {
  start();
  const auto id = add_job(core::JobState::running);
  EventClient reader(port_, events_of(id), "another-5");
  EXPECT_EQ(reader.next()->name, "reset");
  EXPECT_EQ(reader.next()->name, "job");
  tell(EventType::progress, id, "{}");
  EXPECT_EQ(reader.next()->name, "progress");
}

TEST_F(HttpEventsTest, AJobsReaderIsNotLeftBehindByWhatOthersDo) {
  jobs_->event_options.most_events = 10;
  start();
  const auto id = add_job(core::JobState::running);
  EventClient reader(port_, events_of(id));
  EXPECT_EQ(reader.next()->name, "job");
  EventClient all(port_);
  all.wait_for_place();
  for (int i = 1; i <= 50; ++i) {
    tell_numbers(i, i);
    EXPECT_EQ(number(all.next()), i);
  }
  tell(EventType::progress, id, R"({"still":"there"})");
  EXPECT_EQ(reader.next()->data, R"({"still":"there"})");
}

TEST_F(HttpEventsTest, AJobsStreamOfOneKindStillEndsWithTheJob) {
  start();
  const auto id = add_job(core::JobState::running);
  EventClient reader(port_, events_of(id) + "?types=segment");
  reader.wait_for_place();
  tell(EventType::progress, id, "{}");
  tell(EventType::segment, id, R"({"a":1})");
  tell(EventType::job, id, R"({"state":"failed"})", true);
  EXPECT_EQ(reader.next()->data, R"({"a":1})");
  EXPECT_EQ(reader.next(), std::nullopt);
}

// --- many ---

TEST_F(HttpEventsTest, ManyReadersGetEverythingInOrder) {
  start();
  constexpr int readers = 200;
  constexpr int events = 300;
  std::vector<std::unique_ptr<EventClient>> all;
  for (int i = 0; i < readers; ++i) {
    all.push_back(std::make_unique<EventClient>(port_));
    all.back()->wait_for_place();
  }
  tell_numbers(1, events);
  for (auto& reader : all) {
    for (int i = 1; i <= events; ++i) ASSERT_EQ(number(reader->next()), i);
  }
}

}  // namespace
}  // namespace transcribed::tests
