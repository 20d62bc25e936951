// A webhook delivered: its body sent, the answer's status taken.
#pragma once

#include <cstddef>

#include "fetcher/transfer.h"

namespace transcribed::fetcher {

class Delivery final : public Transfer {
 public:
  Delivery(const Settings& settings, wire::fetcher::Post request);

  std::optional<Problem> begin() override;
  std::optional<wire::fetcher::FromFetcher> finish(CURLcode code) override;
  Clock::time_point deadline() const override;
  wire::fetcher::FromFetcher time_out() override;

 private:
  bool take_head() override { return true; }
  bool take_body(std::string_view bytes) override;
  std::optional<Problem> add_headers();
  wire::fetcher::Posted posted() const;

  const wire::fetcher::Post request_;
  const Clock::time_point began_;
  adapters::HeaderList sent_headers_;
  std::size_t read_ = 0;
};

}  // namespace transcribed::fetcher
