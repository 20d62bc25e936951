#include "http/waiting_answer.h"

#include <chrono>
#include <exception>
#include <functional>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "core/transcript_text.h"
#include "http/job_follower.h"
#include "http/job_waiters.h"
#include "http/response_stream.h"
#include "wire/openai_json.h"

namespace transcribed::http {
namespace {

constexpr std::chrono::seconds heartbeat_every{15};

// The job stays, and whoever sends the same again joins it.
ApiError stopping(core::JobId id) {
  return to_error({scheduler::Refusal::Why::draining,
                   "The server is shutting down. The job " + id.to_string() +
                       " is kept: send the recording again in a minute to wait for it."});
}

// What waiting for a job is, whatever becomes of the answer. Holds on to itself through its
// follower, until the job ends or the client goes away.
class Waiting : public std::enable_shared_from_this<Waiting> {
 public:
  Waiting(const SubmissionContext& context, ExchangePtr exchange, core::JobId id)
      : context_(context), exchange_(std::move(exchange)), id_(id) {}
  virtual ~Waiting() = default;

  virtual void start(bool made_for_waiting) {
    context_.waiters.join(id_, made_for_waiting);
    context_.waiters.tell_of_stop(this, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->server_stops();
    });
    follower_ = JobFollower::start(
        context_.jobs, id_,
        {.on_segment = [self = shared_from_this()](
                           const core::Segment& segment) { self->on_segment(segment); },
         .on_end = [self = shared_from_this()](auto view) { self->ended(std::move(view)); }});
  }

 protected:
  // For whichever of the two tells of it.
  std::function<void()> when_client_goes() {
    return [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->client_gone();
    };
  }

  virtual void on_segment(const core::Segment& segment) = 0;
  virtual void on_transcript(const core::Job& job, core::Transcript transcript) = 0;
  virtual void on_error(const ApiError& error) = 0;

  // Writes the answer out where that holds up nobody: a transcript of ten hours takes a while.
  void write_out(std::function<Response()> write, std::function<void(Response)> done) {
    auto written = std::make_shared<Response>();
    context_.pool->run(
        [write = std::move(write), written] {
          try {
            *written = write();
          } catch (const std::exception&) {
            *written = to_response(no_memory_for_transcript());
          }
        },
        [done = std::move(done), written] { done(std::move(*written)); });
  }

  const SubmissionContext& context_;
  const ExchangePtr exchange_;

 private:
  // False: it had been left before.
  bool leave_follower() {
    if (!follower_) return false;
    follower_.reset();
    context_.waiters.call_off(this);
    return true;
  }
  void client_gone() {
    const auto self = shared_from_this();
    if (leave_follower()) context_.waiters.leave(id_);
  }
  void server_stops() {
    const auto self = shared_from_this();
    if (leave_follower()) on_error(stopping(id_));
  }
  void ended(tl::expected<scheduler::JobView, scheduler::Refusal> view) {
    const auto self = shared_from_this();
    if (!leave_follower()) return;
    context_.waiters.forget(id_);
    if (!view) return on_error(to_error(view.error()));
    if (view->job.state != core::JobState::completed) return on_error(error_of(view->job));
    context_.jobs.transcript(
        id_, [self, job = view->job](tl::expected<core::Transcript, scheduler::Refusal> found) {
          if (!found) return self->on_error(to_error(found.error()));
          self->on_transcript(job, std::move(*found));
        });
  }

  const core::JobId id_;
  std::shared_ptr<JobFollower> follower_;
};

class WaitingForAll final : public Waiting {
 public:
  WaitingForAll(const SubmissionContext& context, ExchangePtr exchange, core::JobId id,
                Dialect dialect)
      : Waiting(context, std::move(exchange), id), dialect_(std::move(dialect)), name_(id) {}

  void start(bool made_for_waiting) override {
    exchange_->on_disconnect(when_client_goes());
    Waiting::start(made_for_waiting);
  }

 private:
  void on_segment(const core::Segment&) override {}
  void on_transcript(const core::Job& job, core::Transcript transcript) override {
    const auto self = std::static_pointer_cast<WaitingForAll>(shared_from_this());
    write_out([write = dialect_.transcript, job,
               transcript = std::move(transcript)] { return write(job, transcript); },
              [self](Response response) { self->respond(std::move(response)); });
  }
  void on_error(const ApiError& error) override { respond(dialect_.error(error)); }
  void respond(Response response) {
    response.headers.emplace_back("X-Transcribed-Job", name_.to_string());
    exchange_->respond(std::move(response));
  }

  const Dialect dialect_;
  const core::JobId name_;
};

class WaitingForPieces final : public Waiting {
 public:
  WaitingForPieces(const SubmissionContext& context, ExchangePtr exchange, core::JobId id)
      : Waiting(context, exchange, id), heartbeat_(context.loop) {
    Response head;
    head.content_type = "text/event-stream; charset=utf-8";
    head.headers.emplace_back("Cache-Control", "no-cache");
    head.headers.emplace_back("X-Transcribed-Job", id.to_string());
    stream_ = exchange->stream(std::move(head));
  }

  void start(bool made_for_waiting) override {
    stream_->on_closed(when_client_goes());
    Waiting::start(made_for_waiting);
    beat();
  }

 private:
  void on_segment(const core::Segment& segment) override {
    ++segments_;
    const std::string delta = text_.next(segment);
    if (delta.empty()) return;
    stream_->write(std::make_shared<const std::string>(event(wire::to_text_delta(delta))));
  }
  void on_transcript(const core::Job&, core::Transcript transcript) override {
    // Of a job that had ended before, and of a command, nothing was heard on the way.
    const auto self = std::static_pointer_cast<WaitingForPieces>(shared_from_this());
    write_out(
        [text = text_, told = segments_, transcript = std::move(transcript)]() mutable {
          Response response;
          for (std::size_t i = told; i < transcript.segments.size(); ++i) {
            const std::string delta = text.next(transcript.segments[i]);
            if (!delta.empty()) response.body += event(wire::to_text_delta(delta));
          }
          response.body += event(wire::to_text_done(transcript));
          return response;
        },
        [self](const Response& response) { self->finish(response.body); });
  }
  void on_error(const ApiError& error) override {
    std::string body = to_response(error).body;
    body.pop_back();  // its newline
    finish(event(body));
  }

  static std::string event(const std::string& json) { return "data: " + json + "\n\n"; }
  void finish(const std::string& events) {
    heartbeat_.cancel();
    stream_->write(std::make_shared<const std::string>(events + "data: [DONE]\n\n"));
    stream_->close();
  }
  void beat() {
    heartbeat_.expires_after(heartbeat_every);
    heartbeat_.async_wait([weak = weak_from_this()](const boost::system::error_code& stopped) {
      const auto self = std::static_pointer_cast<WaitingForPieces>(weak.lock());
      if (stopped || !self) return;
      self->stream_->write(std::make_shared<const std::string>(":\n\n"));
      self->beat();
    });
  }

  std::shared_ptr<ResponseStream> stream_;
  core::GrowingText text_;
  std::size_t segments_ = 0;  // told so far
  boost::asio::steady_timer heartbeat_;
};

}  // namespace

void answer_when_ended(const SubmissionContext& context, const ExchangePtr& exchange,
                       const scheduler::JobView& view, Dialect dialect) {
  std::make_shared<WaitingForAll>(context, exchange, view.job.id, std::move(dialect))
      ->start(view.job.interactive);
}

void stream_until_ended(const SubmissionContext& context, const ExchangePtr& exchange,
                        const scheduler::JobView& view) {
  std::make_shared<WaitingForPieces>(context, exchange, view.job.id)->start(view.job.interactive);
}

ApiError error_of(const core::Job& job) {
  ApiError error;
  if (job.state == core::JobState::cancelled) {
    error.status = 409;
    error.code = "job_cancelled";
    error.message = "The job " + job.id.to_string() + " was cancelled.";
    return error;
  }
  const core::Failure failure = job.failure.value_or(core::Failure{});
  const bool asked_for = failure.kind == core::FailureKind::bad_media ||
                         failure.kind == core::FailureKind::unsupported;
  error.status = asked_for ? 400 : 500;
  error.code = core::to_string(failure.kind);
  error.message = failure.message;
  if (failure.kind == core::FailureKind::bad_media) error.param = "file";
  return error;
}

Response with_retry_advice(const ApiError& error) {
  Response response = to_response(error);
  // Without it OpenAI's clients try these twice again, with the whole recording.
  const bool tried_again =
      error.status == 408 || error.status == 409 || error.status == 429 || error.status >= 500;
  if (tried_again) {
    const bool may_help = error.status == 429 || error.status == 503;
    response.headers.emplace_back("X-Should-Retry", may_help ? "true" : "false");
  }
  return response;
}

}  // namespace transcribed::http
