// The fetcher's one loop: requests in, libcurl in the middle, answers out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "fetcher/transfer.h"
#include "wire/line_buffer.h"

namespace transcribed::fetcher {

// One thread. Borrows the descriptors.
class FetchLoop {
 public:
  FetchLoop(Settings settings, int input, int output);
  ~FetchLoop();

  // Serves until `shutdown`, the end of the input, or until nobody reads the output any more; then
  // cancels what is on its way. False: libcurl cannot be used.
  bool run();

 private:
  void take_input();
  void take_line(std::string_view line);
  void handle(wire::fetcher::Fetch request);
  void handle(wire::fetcher::Post request);
  void handle(const wire::fetcher::Cancel& cancel);
  void handle(const wire::fetcher::Shutdown&) { stopping_ = true; }
  void start(std::unique_ptr<Transfer> transfer);
  void add(Transfer& transfer);
  void end_expired();
  void end_finished();
  // The transfer goes first, so that nothing of it is left when the daemon hears.
  void end(const std::string& id, wire::fetcher::FromFetcher answer);
  int wait_ms() const;
  void send(const wire::fetcher::FromFetcher& answer);

  const Settings settings_;
  const int input_;
  const int output_;
  wire::LineBuffer lines_{wire::fetcher::max_line_bytes};
  adapters::MultiHandle multi_;
  std::map<std::string, std::unique_ptr<Transfer>> transfers_;
  bool stopping_ = false;
};

}  // namespace transcribed::fetcher
