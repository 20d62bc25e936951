// How often a value was in which range. One thread. Plain numbers rather than prometheus-cpp's
// histogram: a lock and two atomic loops are three times what this costs, and nobody else counts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace transcribed::http {

class Histogram {
 public:
  // `bounds`: the ranges' upper ends, rising, of static storage. What is above the last has a range
  // of its own.
  explicit Histogram(std::span<const double> bounds)
      : bounds_(bounds), counts_(bounds.size() + 1) {}

  void observe(double value) {
    const auto at = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    ++counts_[static_cast<std::size_t>(at)];
    sum_ += value;
  }

  std::span<const double> bounds() const { return bounds_; }
  // For each range; one more than there are bounds.
  const std::vector<std::uint64_t>& counts() const { return counts_; }
  double sum() const { return sum_; }

 private:
  std::span<const double> bounds_;
  std::vector<std::uint64_t> counts_;
  double sum_ = 0;
};

}  // namespace transcribed::http
