// Whose job is next where several submit to one queue: start-time fair queueing (P. Goyal, H. Vin,
// H. Cheng, "Start-time Fair Queuing", SIGCOMM 1996), with jobs in place of packets. Each flow,
// that is a submitter's batch jobs or those that somebody waits for, gets places at a pace of its
// own, counted from the place that is being served now. So a submitter's thousand jobs and
// another's five take turns, an idle submitter saves up nothing, and the place of a job, once
// given, never changes: it is stored with the job. Priorities come before all that; each is a line
// of its own. Pure; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace transcribed::core {

struct Flow {
  std::string owner;         // the API key's name; empty: none
  bool interactive = false;  // somebody waits for the answer
  int priority = 0;

  auto operator<=>(const Flow&) const = default;
};

// The last place that a flow was given; kept on disk.
struct FlowTail {
  Flow flow;
  std::uint64_t position = 0;

  bool operator==(const FlowTail&) const = default;
};

// The place of the first queued job of a priority.
struct LineHead {
  int priority = 0;
  std::uint64_t position = 0;

  bool operator==(const LineHead&) const = default;
};

class FairShare {
 public:
  // Places between two jobs of a flow: of each submitter, four interactive jobs go for one of its
  // batch jobs, so that neither keeps the other from the GPUs.
  static constexpr std::uint64_t batch_step = 4;
  static constexpr std::uint64_t interactive_step = 1;
  // Where a new line begins; there is room in front of it for what is moved there.
  static constexpr std::uint64_t first_position = std::uint64_t{1} << 32;

  FairShare() = default;
  // A line without a head has nothing queued.
  FairShare(const std::vector<FlowTail>& tails, const std::vector<LineHead>& heads);

  // The place for the next job of a flow. Two flows may get the same one: the older job goes first.
  std::uint64_t next(const Flow& flow);
  // Behind everything of this priority that has a place. No flow's doing: its next job may come
  // before.
  std::uint64_t behind_all(int priority);
  // A job with this place was started.
  void started(int priority, std::uint64_t position);

 private:
  struct Line {
    std::uint64_t serving = first_position;
    std::uint64_t last = first_position;
  };
  std::map<Flow, std::uint64_t> tails_;
  std::map<int, Line> lines_;  // by priority
};

}  // namespace transcribed::core
