#include "scheduler/webhook_sender.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "core/http_url.h"

namespace transcribed::scheduler {
namespace {

using namespace std::chrono_literals;
using What = core::WebhookNext::What;

constexpr std::size_t at_once = 8;
// So that one that does not answer holds up no other.
constexpr int at_once_to_a_host = 2;
constexpr core::Milliseconds timeout = 20s;
// A disk that is full now may not be in a second.
constexpr std::chrono::seconds write_again_after = 1s;
// The wall clock may be set meanwhile.
constexpr core::Milliseconds longest_sleep = 10min;

std::string in_words(core::Milliseconds wait) {
  const auto s = std::chrono::ceil<std::chrono::seconds>(wait).count();
  if (s < 120) return fmt::format("{} s", s);
  if (s < 7200) return fmt::format("{} min", s / 60);
  return fmt::format("{} h", s / 3600);
}

}  // namespace

WebhookSender::WebhookSender(FetcherProcess& fetcher, ports::JobStore& store, ports::Clock& clock,
                             wire::WebhookSecret secret, std::function<double()> jitter,
                             EventLog log)
    : fetcher_(fetcher),
      store_(store),
      clock_(clock),
      secret_(std::move(secret)),
      jitter_(std::move(jitter)),
      log_(std::move(log)) {}

void WebhookSender::look() {
  if (reading_) {
    look_again_ = true;
    return;
  }
  if (sent_.size() >= at_once) return;  // looked for when one of them is done with
  reading_ = true;
  settled_.clear();
  std::vector<std::string> busy;
  for (const auto& [host, count] : sent_to_) {
    if (count >= at_once_to_a_host) busy.push_back(host);
  }
  // What is on its way is due, too, and read again.
  store_.read_deliveries(static_cast<int>(sent_.size() + at_once + 1), std::move(busy),
                         [this](std::vector<ports::Delivery> deliveries) {
                           reading_ = false;
                           found(std::move(deliveries));
                           if (std::exchange(look_again_, false)) look();
                         });
}

void WebhookSender::found(std::vector<ports::Delivery> deliveries) {
  due_.reset();
  for (ports::Delivery& one : deliveries) {
    if (sent_.contains(one.id) || settled_.contains(one.id)) continue;
    if (one.due > clock_.wall_now()) return wake_at(one.due);
    if (sent_.size() >= at_once) return;
    const auto to = sent_to_.find(core::url_host(one.webhook.url));
    if (to == sent_to_.end() || to->second < at_once_to_a_host) send(std::move(one));
  }
  // Whatever is due is on its way, was not read because its host is busy, or could not be read.
  if (sent_.empty()) wake_at(clock_.wall_now() + longest_sleep);
}

void WebhookSender::wake_at(core::WallTime when) {
  const core::Milliseconds wait = std::min(when - clock_.wall_now(), longest_sleep);
  due_ = clock_.wake_at(clock_.now() + wait, [this] {
    const auto alarm = std::move(due_);
    look();
  });
}

void WebhookSender::send(ports::Delivery delivery) {
  const std::int64_t id = delivery.id;
  const ports::Webhook& webhook = delivery.webhook;
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall_now());
  wire::fetcher::Post post;
  post.url = webhook.url;
  post.headers = wire::webhook_headers(secret_, webhook.event_id, now.time_since_epoch().count(),
                                       webhook.body);
  post.body = webhook.body;
  post.allow_private = webhook.trusted;
  post.timeout = timeout;
  ++sent_to_[std::string(core::url_host(webhook.url))];
  sent_[id].delivery = std::move(delivery);
  fetcher_.post(
      std::move(post), [this, id](tl::expected<wire::fetcher::Posted, FetcherProcess::Failed> how) {
        core::WebhookAnswer answer;
        if (how) {
          answer.status = how->status;
          if (how->retry_after_s) {
            answer.retry_after = std::chrono::seconds(*how->retry_after_s);
          }
          return answered(id, answer, fmt::format("status {}", how->status), false);
        }
        using Kind = wire::fetcher::FailureKind;
        const Kind kind = how.error().kind;
        answered(id, answer, how.error().message,
                 kind == Kind::bad_url || kind == Kind::refused_address || kind == Kind::too_large);
      });
}

void WebhookSender::answered(std::int64_t id, const core::WebhookAnswer& answer,
                             const std::string& problem, bool hopeless) {
  const ports::Delivery& one = sent_.at(id).delivery;
  const int attempts = one.attempts + 1;
  core::WebhookNext next = core::after_webhook_attempt(attempts, answer, jitter_());
  if (hopeless) next = {What::given_up};
  const std::string what =
      fmt::format("Webhook {} to {}", one.webhook.event_id, core::url_host(one.webhook.url));
  switch (next.what) {
    case What::delivered:
      log_(LogLevel::debug, what + " delivered");
      break;
    case What::unwanted:
      log_(LogLevel::info, what + " is not wanted (status 410)");
      break;
    case What::given_up:
      log_(LogLevel::error, fmt::format("{} given up after {} {}: {}", what, attempts,
                                        attempts == 1 ? "attempt" : "attempts", problem));
      break;
    case What::again:
      log_(LogLevel::warn,
           fmt::format("{} failed, again in {}: {}", what, in_words(next.wait), problem));
      break;
  }
  write(id, next);
}

void WebhookSender::write(std::int64_t id, core::WebhookNext next) {
  Sent& one = sent_.at(id);
  one.write_again.reset();
  const auto done = [this, id, next](ports::WriteResult result) {
    if (ports::failed_to_write(result)) {
      sent_.at(id).write_again = clock_.wake_at(clock_.now() + write_again_after, [this, id, next] {
        const auto alarm = std::move(sent_.at(id).write_again);
        write(id, next);
      });
      return;
    }
    const auto to = sent_to_.find(core::url_host(sent_.at(id).delivery.webhook.url));
    if (--to->second == 0) sent_to_.erase(to);
    sent_.erase(id);
    settled_.insert(id);
    look();
  };
  if (next.what == What::again) {
    store_.put_off_delivery(id, one.delivery.attempts + 1, clock_.wall_now() + next.wait, done);
  } else {
    store_.end_delivery(id, done);
  }
}

}  // namespace transcribed::scheduler
