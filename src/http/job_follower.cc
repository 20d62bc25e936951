#include "http/job_follower.h"

#include <boost/json/parse.hpp>

#include "wire/transcript_json.h"

namespace transcribed::http {

std::shared_ptr<JobFollower> JobFollower::start(scheduler::JobService& jobs, core::JobId id,
                                                Callbacks callbacks) {
  std::shared_ptr<JobFollower> follower(new JobFollower(jobs, id, std::move(callbacks)));
  follower->subscription_ = jobs.events().subscribe([weak = follower->weak_from_this()] {
    if (const auto self = weak.lock()) self->read_on();
  });
  follower->take_snapshot();
  return follower;
}

void JobFollower::take_snapshot() {
  in_step_ = false;
  jobs_.snapshot(id_, [weak = weak_from_this()](
                          tl::expected<scheduler::JobSnapshot, scheduler::Refusal> snapshot) {
    const auto self = weak.lock();
    if (!self || self->ended_) return;
    if (!snapshot || core::has_ended(snapshot->view.job.state)) return self->end();
    for (const core::Segment& segment : snapshot->segments) self->deliver(segment);
    self->place_ = snapshot->place;
    self->in_step_ = true;
    self->read_on();
  });
}

void JobFollower::read_on() {
  if (!in_step_ || ended_) return;
  scheduler::EventBus& events = jobs_.events();
  // What is not held any more is made up for by looking at the job itself.
  if (!events.holds_after(place_)) return take_snapshot();
  while (!ended_ && place_ < events.latest()) take(events.at(++place_));
}

void JobFollower::take(const scheduler::Event& event) {
  if (event.job != id_) return;
  if (event.last) return end();
  if (event.type != scheduler::EventType::segment || !callbacks_.on_segment) return;
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(*event.json, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* segment = object == nullptr ? nullptr : object->if_contains("segment");
  if (segment == nullptr || !segment->is_object()) return;
  if (const auto parsed = wire::parse_segment(segment->get_object())) deliver(*parsed);
}

void JobFollower::deliver(const core::Segment& segment) {
  // A new attempt counts from 0 again.
  if (segment.id < next_segment_) return;
  next_segment_ = segment.id + 1;
  if (callbacks_.on_segment) callbacks_.on_segment(segment);
}

void JobFollower::end() {
  ended_ = true;
  jobs_.view(id_, [weak = weak_from_this()](auto view) {
    if (const auto self = weak.lock()) self->callbacks_.on_end(std::move(view));
  });
}

}  // namespace transcribed::http
