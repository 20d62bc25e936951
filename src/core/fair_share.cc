#include "core/fair_share.h"

#include <algorithm>

namespace transcribed::core {

FairShare::FairShare(const std::vector<FlowTail>& tails, const std::vector<LineHead>& heads) {
  for (const FlowTail& tail : tails) {
    tails_[tail.flow] = tail.position;
    Line& line = lines_[tail.flow.priority];
    line.last = std::max(line.last, tail.position);
    line.serving = line.last;
  }
  for (const LineHead& head : heads) lines_[head.priority].serving = head.position;
}

std::uint64_t FairShare::next(const Flow& flow) {
  Line& line = lines_[flow.priority];
  std::uint64_t& tail = tails_[flow];
  tail = std::max(tail, line.serving) + (flow.interactive ? interactive_step : batch_step);
  line.last = std::max(line.last, tail);
  return tail;
}

std::uint64_t FairShare::behind_all(int priority) { return lines_[priority].last += batch_step; }

void FairShare::started(int priority, std::uint64_t position) {
  Line& line = lines_[priority];
  line.serving = std::max(line.serving, position);
}

}  // namespace transcribed::core
