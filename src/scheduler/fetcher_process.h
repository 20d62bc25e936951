// The daemon's end of transcribed-fetcher: started when there is something to fetch or to post,
// ended when there has been nothing for a while. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "ports/clock.h"
#include "ports/process_launcher.h"
#include "scheduler/event_log.h"
#include "scheduler/process_output.h"
#include "wire/fetcher_protocol.h"

namespace transcribed::scheduler {

class FetcherProcess {
 public:
  using Failed = wire::fetcher::Failed;
  using OnProgress = std::function<void(const wire::fetcher::FetchProgress&)>;
  using OnFetched = std::function<void(tl::expected<wire::fetcher::Fetched, Failed>)>;
  using OnPosted = std::function<void(tl::expected<wire::fetcher::Posted, Failed>)>;

  // `command` starts the program. `launcher` and `clock` outlive this.
  FetcherProcess(std::vector<std::string> command, ports::ProcessLauncher& launcher,
                 ports::Clock& clock, EventLog log);

  // The end comes once and never from inside the call; when the process dies, as `internal`; when
  // the line would be longer than the protocol allows, as `too_large`. Ids
  // are given here, whatever `wanted` holds. The answer is for cancel().
  std::string fetch(wire::fetcher::Fetch wanted, OnProgress on_progress, OnFetched on_end);
  void post(wire::fetcher::Post wanted, OnPosted on_end);
  // Its end comes as `cancelled`, unless it has ended already.
  void cancel(const std::string& id);

 private:
  struct Fetching {
    OnProgress on_progress;
    OnFetched on_end;
  };
  struct Request {
    std::variant<Fetching, OnPosted> asker;
    std::string unsent;  // the line, while the process that is to get it is not there yet
  };

  void begin(const std::string& id, std::variant<Fetching, OnPosted> asker, std::string line);
  void launch();
  void heard(std::string_view chunk);
  bool on_line(std::string_view line);
  void end(const std::string& id, tl::expected<wire::fetcher::FromFetcher, Failed> how);
  void ended(const ports::ProcessEnd& how);
  void rest();

  const std::vector<std::string> command_;
  ports::ProcessLauncher& launcher_;
  ports::Clock& clock_;
  const EventLog log_;
  std::unique_ptr<ports::Process> process_;
  bool ending_ = false;
  LineSplitter lines_{wire::fetcher::max_line_bytes};
  OutputTail errors_{2000};
  std::map<std::string, Request, std::less<>> requests_;
  std::uint64_t last_id_ = 0;
  std::unique_ptr<ports::Alarm> idle_;
  std::map<std::string, std::unique_ptr<ports::Alarm>> refused_;  // about to be told
};

}  // namespace transcribed::scheduler
