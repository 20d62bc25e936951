#include "http/events_api.h"

#include <utility>

#include "http/errors.h"
#include "http/event_text.h"
#include "http/job_route.h"
#include "http/query.h"
#include "wire/job_json.h"
#include "wire/json_text.h"
#include "wire/transcript_json.h"

namespace transcribed::http {
namespace {

using scheduler::EventBus;
using scheduler::JobSnapshot;
using scheduler::Refusal;
using SeatPtr = std::shared_ptr<EventReaders::Seat>;

struct Wanted {
  EventFilter filter;
  bool comes_back = false;             // it says where it was
  std::optional<std::uint64_t> place;  // where, in this run of the daemon
};

tl::expected<Wanted, ApiError> read_wanted(const Exchange& exchange, const EventBus& bus) {
  const auto query = parse_query(exchange.query(), {"types", "last_event_id"});
  if (!query) return tl::make_unexpected(query.error());
  Wanted wanted;
  if (const auto types = query->find("types"); types != query->end()) {
    auto filter = EventFilter::parse(types->second);
    if (!filter) return tl::make_unexpected(bad_request("bad_value", filter.error(), "types"));
    wanted.filter = *filter;
  }
  // A browser that comes back asks for the address it was given and says in the header where it is.
  std::string last(exchange.header("last-event-id"));
  std::optional<EventId> id;
  if (!last.empty()) {
    id = parse_event_id(last);
  } else if (const auto at = query->find("last_event_id"); at != query->end()) {
    last = at->second;
    id = parse_event_id(last);
    if (!id) {
      return tl::make_unexpected(bad_request(
          "bad_value", "\"last_event_id\" must be the id of an event that was received.",
          "last_event_id"));
    }
  }
  wanted.comes_back = !last.empty();
  if (id && id->boot == bus.boot()) wanted.place = id->seq;
  return wanted;
}

ApiError too_many_readers() {
  ApiError error;
  error.status = 503;
  error.code = "too_many_event_readers";
  error.message =
      "As many follow the events as the server lets (server.max_event_readers); try again later.";
  error.headers.emplace_back("Retry-After", "10");
  return error;
}

std::shared_ptr<ResponseStream> open_stream(Exchange& exchange) {
  Response head;
  head.content_type = "text/event-stream";
  head.headers.emplace_back("Cache-Control", "no-store");
  head.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would hold events back
  auto stream = exchange.stream(std::move(head));
  stream->count_apart();
  return stream;
}

void write(ResponseStream& stream, std::string text) {
  stream.write(std::make_shared<const std::string>(std::move(text)));
}

// What a job's stream begins with. The id comes last: who is cut in the middle begins again.
std::string snapshot_text(const JobSnapshot& snapshot, const EventFilter& filter,
                          const EventId& place) {
  using scheduler::EventType;
  const bool with_segments = filter.wants(EventType::segment) && !snapshot.segments.empty();
  std::string text;
  const auto id_after = [&](bool last) { return last ? std::optional(place) : std::nullopt; };
  if (filter.wants(EventType::job)) {
    const scheduler::JobView& view = snapshot.view;
    append_event(text, "job",
                 wire::to_text(wire::to_json(view.job, view.progress, view.reason, view.eta_s)),
                 id_after(!with_segments));
  }
  if (with_segments) {
    const std::string job = snapshot.view.job.id.to_string();
    for (const core::Segment& segment : snapshot.segments) {
      boost::json::object event;
      event["id"] = job;
      event["segment"] = wire::to_json(segment);
      append_event(text, "segment", wire::to_text(event),
                   id_after(&segment == &snapshot.segments.back()));
    }
  }
  if (text.empty()) append_place(text, place);
  return text;
}

class EventsApi : public std::enable_shared_from_this<EventsApi> {
 public:
  EventsApi(scheduler::JobService& jobs, std::shared_ptr<EventReaders> readers)
      : jobs_(jobs), readers_(std::move(readers)) {}

  void follow_all(const ExchangePtr& exchange) {
    EventBus& bus = jobs_.events();
    auto wanted = read_wanted(*exchange, bus);
    if (!wanted) return exchange->respond(to_response(wanted.error()));
    auto seat = readers_->take_seat();
    if (!seat) return exchange->respond(to_response(too_many_readers()));
    const bool goes_on = wanted->place && bus.holds_after(*wanted->place);
    const EventId place{bus.boot(), goes_on ? *wanted->place : bus.latest()};
    std::string text(retry_line);
    if (wanted->comes_back && !goes_on) {
      append_event(text, "reset", "{}", place);
    } else {
      append_place(text, place);
    }
    auto stream = open_stream(*exchange);
    write(*stream, std::move(text));
    readers_->add(std::move(seat), std::move(stream), wanted->filter, place.seq,
                  exchange->caller.name);
  }

  void follow_job(core::JobId id, const ExchangePtr& exchange) {
    auto wanted = read_wanted(*exchange, jobs_.events());
    if (!wanted) return exchange->respond(to_response(wanted.error()));
    wanted->filter.only(id);
    // From here on events are kept, so that none gets lost between the snapshot and the first.
    auto seat = readers_->take_seat();
    if (!seat) return exchange->respond(to_response(too_many_readers()));
    jobs_.snapshot(id, [self = shared_from_this(), exchange, wanted = *wanted,
                        seat = std::move(seat)](tl::expected<JobSnapshot, Refusal> snapshot) {
      if (!snapshot) return exchange->respond(to_response(to_error(snapshot.error())));
      self->send_job(*exchange, wanted, *snapshot, seat);
    });
  }

 private:
  void send_job(Exchange& exchange, const Wanted& wanted, const JobSnapshot& snapshot,
                const SeatPtr& seat) {
    EventBus& bus = jobs_.events();
    const core::Job& job = snapshot.view.job;
    const bool ended = core::has_ended(job.state);
    const bool goes_on = wanted.place && bus.holds_after(*wanted.place);
    if (goes_on && ended && !bus.told_after(*wanted.place, job.id)) {
      // It knows the end. Any other answer would make a browser come back for ever.
      Response nothing_more;
      nothing_more.status = 204;
      nothing_more.content_type = {};
      return exchange.respond(std::move(nothing_more));
    }
    std::string text(retry_line);
    if (!goes_on) {
      if (wanted.comes_back) append_event(text, "reset", "{}", std::nullopt);
      text += snapshot_text(snapshot, wanted.filter, {bus.boot(), snapshot.place});
    } else {
      text += '\n';
    }
    const auto stream = open_stream(exchange);
    write(*stream, std::move(text));
    if (ended && !goes_on) return stream->close();
    readers_->add(seat, stream, wanted.filter, goes_on ? *wanted.place : snapshot.place,
                  exchange.caller.name);
  }

  scheduler::JobService& jobs_;
  const std::shared_ptr<EventReaders> readers_;
};

}  // namespace

void add_events_api(Router& router, scheduler::JobService& jobs,
                    const std::shared_ptr<EventReaders>& readers) {
  const auto api = std::make_shared<EventsApi>(jobs, readers);
  router.add(Method::get, "/api/events",
             [api](const ExchangePtr& exchange) { api->follow_all(exchange); });
  router.add(Method::get, "/api/jobs/{id}/events",
             with_id([api](core::JobId id, const ExchangePtr& exchange) {
               api->follow_job(id, exchange);
             }));
}

}  // namespace transcribed::http
