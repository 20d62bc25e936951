#include "scheduler/recording_fetches.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "scheduler/ordinal.h"

namespace transcribed::scheduler {
namespace {

using namespace std::chrono_literals;
using Kind = wire::fetcher::FailureKind;

constexpr core::Milliseconds connect_timeout = 30s;
constexpr core::Milliseconds idle_timeout = 60s;
constexpr core::Milliseconds total_timeout = 12h;

// After the first and the second attempt that failed for a cause that may pass.
constexpr std::chrono::milliseconds pauses[] = {10s, 2min};
constexpr std::size_t most_counted = 100;
// A disk that is full is not the recording's fault, and somebody will see to it.
constexpr std::chrono::milliseconds while_disk_is_full = 1min;

bool may_pass(const FetcherProcess::Failed& failed) {
  switch (failed.kind) {
    case Kind::unreachable:
    case Kind::timeout:
    case Kind::internal:
      return true;
    case Kind::http_status: {
      const int status = failed.status.value_or(0);
      return status >= 500 || status == 408 || status == 429;
    }
    default:
      return false;
  }
}

std::string megabytes(std::int64_t bytes) { return std::to_string(bytes / core::bytes_per_mb); }

}  // namespace

RecordingFetches::RecordingFetches(FetcherProcess& fetcher, ports::Clock& clock,
                                   FetchSettings settings)
    : fetcher_(fetcher), clock_(clock), settings_(std::move(settings)) {}

void RecordingFetches::listen(Listener listener) { listener_ = std::move(listener); }

void RecordingFetches::add(const core::Job& job, std::optional<core::Megabytes> max_mb) {
  if (stopped_) return;
  One& one = all_[job.id];
  one.url = job.source_url;
  one.max_mb = std::min(settings_.max_mb, max_mb.value_or(settings_.max_mb));
  in_line_.insert(job.id);
  begin_next();
}

void RecordingFetches::drop(core::JobId id) {
  const auto at = all_.find(id);
  if (at == all_.end()) return;
  in_line_.erase(id);
  const std::string request = at->second.request;
  all_.erase(at);
  if (!request.empty()) fetcher_.cancel(request);  // its place is free with its end
}

void RecordingFetches::stop() {
  stopped_ = true;
  while (!all_.empty()) drop(all_.begin()->first);
}

std::optional<core::Reason> RecordingFetches::reason(core::JobId id) const {
  const auto at = all_.find(id);
  if (at == all_.end()) return std::nullopt;
  const One& one = at->second;
  if (one.again) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(one.again_at - clock_.now());
    return core::Reason{"fetching",
                        fmt::format("its recording could not be fetched ({}): trying "
                                    "again in {} s",
                                    one.problem, std::max<std::int64_t>(0, left.count()))};
  }
  if (!one.request.empty()) {
    std::string so_far;
    if (one.bytes > 0) {
      so_far = one.total ? fmt::format(": {} of {} MB", megabytes(one.bytes), megabytes(*one.total))
                         : fmt::format(": {} MB so far", megabytes(one.bytes));
    }
    return core::Reason{"fetching", "its recording is being fetched" + so_far};
  }
  // Counting further would take long, where thousands are listed at once.
  std::size_t place = 1;
  for (auto other = in_line_.begin(); other != in_line_.end() && *other != id; ++other) {
    if (++place > most_counted) {
      return core::Reason{"fetching",
                          fmt::format("its recording is to be fetched, more than {} are "
                                      "before it",
                                      most_counted)};
    }
  }
  return core::Reason{"fetching",
                      fmt::format("its recording is to be fetched, {} in line", ordinal(place))};
}

void RecordingFetches::begin_next() {
  while (on_their_way_ < settings_.at_once && !in_line_.empty()) {
    const core::JobId id = *in_line_.begin();
    in_line_.erase(in_line_.begin());
    begin(id, all_.at(id));
  }
}

void RecordingFetches::begin(core::JobId id, One& one) {
  ++on_their_way_;
  ++one.attempts;
  one.bytes = 0;
  one.total.reset();
  wire::fetcher::Fetch wanted;
  wanted.url = one.url;
  wanted.file = path_of(id);
  wanted.max_bytes = one.max_mb * core::bytes_per_mb;
  wanted.min_free_disk_mb = settings_.min_free_disk_mb;
  wanted.connect_timeout = connect_timeout;
  wanted.idle_timeout = idle_timeout;
  wanted.total_timeout = total_timeout;
  one.request = fetcher_.fetch(
      std::move(wanted),
      [this, id](const wire::fetcher::FetchProgress& progress) {
        const auto at = all_.find(id);
        if (at == all_.end() || at->second.request != progress.id) return;
        at->second.bytes = progress.bytes;
        at->second.total = progress.total;
      },
      [this, id](auto how) { ended(id, std::move(how)); });
  if (listener_.on_change) listener_.on_change(id);
}

void RecordingFetches::ended(core::JobId id,
                             tl::expected<wire::fetcher::Fetched, FetcherProcess::Failed> how) {
  --on_their_way_;
  const std::string request = how ? how->id : how.error().id;
  const auto at = all_.find(id);
  const bool is_current = at != all_.end() && at->second.request == request;
  if (is_current || at == all_.end()) tidy_up(id, is_current, how);
  // Otherwise it was dropped meanwhile, and perhaps added again.
  if (is_current) {
    One& one = at->second;
    one.request.clear();
    if (how) {
      all_.erase(at);
      listener_.on_end(id, Fetched{path_of(id), std::move(how->file_name)});
    } else if (how.error().kind == Kind::disk_full) {
      --one.attempts;
      try_again(id, one, std::move(how.error().message), while_disk_is_full);
    } else if (may_pass(how.error()) && one.attempts <= static_cast<int>(std::size(pauses))) {
      try_again(id, one, std::move(how.error().message), pauses[one.attempts - 1]);
    } else {
      all_.erase(at);
      listener_.on_end(id, tl::unexpected(core::Failure{core::FailureKind::fetch_failed,
                                                        std::move(how.error().message)}));
    }
  }
  begin_next();
}

void RecordingFetches::tidy_up(
    core::JobId id, bool is_wanted,
    const tl::expected<wire::fetcher::Fetched, FetcherProcess::Failed>& how) {
  if (!listener_.on_leftover) return;
  // It was whole when the word came that nobody wants it.
  if (how && !is_wanted) listener_.on_leftover(path_of(id));
  // A fetcher that died leaves what it had so far, and the next would not write over it.
  if (!how && how.error().kind == Kind::internal) listener_.on_leftover(path_of(id) + ".part");
}

void RecordingFetches::try_again(core::JobId id, One& one, std::string problem,
                                 std::chrono::milliseconds after) {
  one.problem = std::move(problem);
  one.again_at = clock_.now() + after;
  one.again = clock_.wake_at(one.again_at, [this, id] {
    const auto alarm = std::move(all_.at(id).again);
    in_line_.insert(id);
    begin_next();
  });
  if (listener_.on_change) listener_.on_change(id);
}

std::string RecordingFetches::path_of(core::JobId id) const {
  return settings_.uploads_folder + "/" + id.to_string();
}

}  // namespace transcribed::scheduler
