#include "scheduler/fetcher_process.h"

#include <utility>

#include <fmt/format.h>

#include "scheduler/process_end_text.h"

namespace transcribed::scheduler {
namespace {

namespace fetcher = wire::fetcher;

constexpr std::chrono::seconds idle_time{60};
constexpr std::chrono::milliseconds end_grace{2000};

}  // namespace

FetcherProcess::FetcherProcess(std::vector<std::string> command, ports::ProcessLauncher& launcher,
                               ports::Clock& clock, EventLog log)
    : command_(std::move(command)), launcher_(launcher), clock_(clock), log_(std::move(log)) {}

void FetcherProcess::begin(const std::string& id, std::variant<Fetching, OnPosted> asker,
                           std::string line) {
  idle_.reset();
  Request& request = requests_[id];
  request.asker = std::move(asker);
  if (line.size() >= fetcher::max_line_bytes) {
    refused_[id] = clock_.wake_at(clock_.now(), [this, id] {
      const auto alarm = refused_.extract(id);
      end(id, tl::unexpected(Failed{id,
                                    fetcher::FailureKind::too_large,
                                    {},
                                    "this is more than the fetcher takes at once"}));
    });
    return;
  }
  if (!process_) launch();
  if (ending_) {
    request.unsent = std::move(line);
  } else {
    process_->write(std::move(line));
  }
}

std::string FetcherProcess::fetch(fetcher::Fetch wanted, OnProgress on_progress, OnFetched on_end) {
  wanted.id = std::to_string(++last_id_);
  std::string line = fetcher::to_line(fetcher::ToFetcher{wanted});
  begin(wanted.id, Fetching{std::move(on_progress), std::move(on_end)}, std::move(line));
  return wanted.id;
}

void FetcherProcess::post(fetcher::Post wanted, OnPosted on_end) {
  wanted.id = std::to_string(++last_id_);
  std::string line = fetcher::to_line(fetcher::ToFetcher{wanted});
  begin(wanted.id, std::move(on_end), std::move(line));
}

void FetcherProcess::cancel(const std::string& id) {
  const auto at = requests_.find(id);
  if (at == requests_.end()) return;
  // One that nobody has been told of has to be told to be called off.
  const std::string line = fetcher::to_line(fetcher::ToFetcher{fetcher::Cancel{id}});
  if (!at->second.unsent.empty()) {
    at->second.unsent += line;
  } else if (!ending_) {
    process_->write(line);
  }
}

void FetcherProcess::launch() {
  ending_ = false;
  lines_ = LineSplitter(fetcher::max_line_bytes);
  errors_ = OutputTail(2000);
  ports::LaunchSpec spec;
  spec.argv = command_;
  spec.standard_input = true;
  process_ = launcher_.launch(
      std::move(spec), {
                           .on_stdout = [this](std::string_view chunk) { heard(chunk); },
                           .on_stderr = [this](std::string_view chunk) { errors_.append(chunk); },
                           .on_end = [this](const ports::ProcessEnd& how) { ended(how); },
                       });
}

void FetcherProcess::heard(std::string_view chunk) {
  if (ending_) return;
  if (lines_.feed(chunk, [this](std::string_view line) { return on_line(line); }) || ending_) {
    return;
  }
  log_(LogLevel::error, "The fetcher does not speak its protocol; ending it");
  ending_ = true;
  process_->end(end_grace);
}

bool FetcherProcess::on_line(std::string_view line) {
  auto message = fetcher::parse_from_fetcher(line);
  if (!message) return false;
  if (const auto* progress = std::get_if<fetcher::FetchProgress>(&*message)) {
    const auto at = requests_.find(progress->id);
    if (at == requests_.end()) return true;
    if (auto* fetching = std::get_if<Fetching>(&at->second.asker)) fetching->on_progress(*progress);
    return true;
  }
  const std::string id = std::visit([](const auto& one) { return one.id; }, *message);
  if (auto* failed = std::get_if<fetcher::Failed>(&*message)) {
    end(id, tl::unexpected(std::move(*failed)));
  } else {
    end(id, std::move(*message));
  }
  return !ending_;
}

void FetcherProcess::end(const std::string& id, tl::expected<fetcher::FromFetcher, Failed> how) {
  auto node = requests_.extract(id);
  if (!node) return;
  if (requests_.empty()) rest();
  Failed failed{id, fetcher::FailureKind::internal, {}, "the fetcher answered something else"};
  if (!how) failed = std::move(how.error());
  if (auto* fetching = std::get_if<Fetching>(&node.mapped().asker)) {
    const auto* fetched = how ? std::get_if<fetcher::Fetched>(&*how) : nullptr;
    if (fetched != nullptr) return fetching->on_end(*fetched);
    return fetching->on_end(tl::unexpected(std::move(failed)));
  }
  const auto* posted = how ? std::get_if<fetcher::Posted>(&*how) : nullptr;
  const auto& on_end = std::get<OnPosted>(node.mapped().asker);
  if (posted != nullptr) return on_end(*posted);
  on_end(tl::unexpected(std::move(failed)));
}

void FetcherProcess::rest() {
  idle_ = clock_.wake_at(clock_.now() + idle_time, [this] {
    idle_.reset();
    if (!process_ || ending_ || !requests_.empty()) return;
    ending_ = true;
    process_->end(end_grace);
  });
}

void FetcherProcess::ended(const ports::ProcessEnd& how) {
  if (how.how == ports::ProcessEnd::How::unkillable) return;  // it comes again
  const bool was_told_to = std::exchange(ending_, false);
  const auto gone = std::move(process_);  // it is the one that calls
  const std::string why = describe_end(how, "the fetcher", errors_).message;
  auto lost = std::exchange(requests_, {});
  for (auto at = lost.begin(); at != lost.end();) {
    const auto next = std::next(at);
    if (!at->second.unsent.empty()) requests_.insert(lost.extract(at));
    at = next;
  }
  if (!lost.empty() || !was_told_to) log_(LogLevel::error, why);
  if (!requests_.empty()) {
    launch();
    for (auto& [id, request] : requests_) process_->write(std::exchange(request.unsent, {}));
  }
  for (auto& [id, request] : lost) {
    Failed failed{id, fetcher::FailureKind::internal, {}, why};
    if (auto* fetching = std::get_if<Fetching>(&request.asker)) {
      fetching->on_end(tl::unexpected(std::move(failed)));
    } else {
      std::get<OnPosted>(request.asker)(tl::unexpected(std::move(failed)));
    }
  }
}

}  // namespace transcribed::scheduler
