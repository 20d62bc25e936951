#include "fetcher/fetch_loop.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "fetcher/delivery.h"
#include "fetcher/download.h"

namespace transcribed::fetcher {

using wire::fetcher::FromFetcher;

FetchLoop::FetchLoop(Settings settings, int input, int output)
    : settings_(std::move(settings)), input_(input), output_(output) {
  adapters::start_curl();
  multi_.reset(curl_multi_init());
}

FetchLoop::~FetchLoop() {
  for (const auto& [id, transfer] : transfers_) {
    curl_multi_remove_handle(multi_.get(), transfer->easy());
  }
}

bool FetchLoop::run() {
  if (!multi_) return false;
  while (!stopping_) {
    int running = 0;
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) return false;
    // Before what has ended: a file's way to the disk must not cost others their time.
    end_expired();
    end_finished();
    curl_waitfd input{input_, CURL_WAIT_POLLIN, 0};
    if (curl_multi_poll(multi_.get(), &input, 1, wait_ms(), nullptr) != CURLM_OK) return false;
    if (input.revents != 0) take_input();
  }
  while (!transfers_.empty()) {
    end(transfers_.begin()->first,
        transfers_.begin()->second->failed({FailureKind::cancelled, "The server is stopping."}));
  }
  return true;
}

void FetchLoop::take_input() {
  std::array<char, 65536> block;
  const ssize_t count = ::read(input_, block.data(), block.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count <= 0) {
    stopping_ = true;
    return;
  }
  lines_.append({block.data(), static_cast<std::size_t>(count)});
  while (!stopping_) {
    const auto line = lines_.next();
    if (!line) return;
    take_line(*line);
  }
}

void FetchLoop::take_line(std::string_view line) {
  auto message = wire::fetcher::parse_to_fetcher(line);
  if (message) {
    std::visit([this](auto& request) { handle(std::move(request)); }, *message);
    return;
  }
  auto& [id, problem] = message.error();
  if (id.empty() || transfers_.contains(id)) {
    fmt::print(stderr, "WARN: ignored a line that is no request: {}\n", problem);
    return;
  }
  send(wire::fetcher::Failed{
      id, FailureKind::internal, {}, "The request was not understood: " + problem + "."});
}

void FetchLoop::handle(wire::fetcher::Fetch request) {
  start(std::make_unique<Download>(
      settings_, std::move(request),
      [this](const wire::fetcher::FetchProgress& progress) { send(progress); }));
}

void FetchLoop::handle(wire::fetcher::Post request) {
  start(std::make_unique<Delivery>(settings_, std::move(request)));
}

// A cancel can cross the end on its way; then there is nothing to do.
void FetchLoop::handle(const wire::fetcher::Cancel& cancel) {
  const auto found = transfers_.find(cancel.id);
  if (found == transfers_.end()) return;
  end(cancel.id, found->second->failed({FailureKind::cancelled, "It was cancelled."}));
}

void FetchLoop::start(std::unique_ptr<Transfer> transfer) {
  const std::string id = transfer->id();
  // An answer with this id would be taken for the other's.
  if (transfers_.contains(id)) {
    fmt::print(stderr, "WARN: ignored a second request with the id {}\n", id);
    return;
  }
  if (auto problem = transfer->begin()) {
    send(transfer->failed(std::move(*problem)));
    return;
  }
  Transfer& added = *transfer;
  transfers_.emplace(id, std::move(transfer));
  add(added);
}

void FetchLoop::add(Transfer& transfer) {
  if (curl_multi_add_handle(multi_.get(), transfer.easy()) == CURLM_OK) return;
  end(transfer.id(), transfer.failed({FailureKind::internal, "libcurl cannot be used."}));
}

void FetchLoop::end_expired() {
  const auto now = Clock::now();
  std::vector<std::string> expired;
  for (const auto& [id, transfer] : transfers_) {
    if (transfer->deadline() <= now) expired.push_back(id);
  }
  for (const std::string& id : expired) end(id, transfers_.at(id)->time_out());
}

void FetchLoop::end_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    void* self = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
    auto& transfer = *static_cast<Transfer*>(self);
    curl_multi_remove_handle(multi_.get(), transfer.easy());
    if (auto answer = transfer.finish(code)) {
      end(transfer.id(), std::move(*answer));
    } else {
      add(transfer);
    }
  }
}

void FetchLoop::end(const std::string& id, FromFetcher answer) {
  if (const auto ended = transfers_.extract(id)) {
    curl_multi_remove_handle(multi_.get(), ended.mapped()->easy());
  }
  send(answer);
}

int FetchLoop::wait_ms() const {
  // libcurl knows of its own time limits by itself.
  auto next = Clock::now() + std::chrono::hours(1);
  for (const auto& [id, transfer] : transfers_) next = std::min(next, transfer->deadline());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

void FetchLoop::send(const FromFetcher& answer) {
  const std::string line = wire::fetcher::to_line(answer);
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t count = ::write(output_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      stopping_ = true;  // nobody reads any more
      return;
    }
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace transcribed::fetcher
