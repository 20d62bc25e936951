// A recording fetched to a file.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "fetcher/received_file.h"
#include "fetcher/transfer.h"

namespace transcribed::fetcher {

class Download final : public Transfer {
 public:
  using OnProgress = std::function<void(const wire::fetcher::FetchProgress&)>;
  // `on_progress` is called a few times a second, from within libcurl.
  Download(const Settings& settings, wire::fetcher::Fetch request, OnProgress on_progress);

  std::optional<Problem> begin() override;
  std::optional<wire::fetcher::FromFetcher> finish(CURLcode code) override;
  Clock::time_point deadline() const override;
  wire::fetcher::FromFetcher time_out() override;

 private:
  bool take_head() override;
  bool take_body(std::string_view bytes) override;
  bool leads_elsewhere() const;
  std::optional<Problem> follow();
  std::optional<Problem> store(std::string_view bytes);
  std::optional<Problem> create_file();
  Problem too_large(std::int64_t bytes, bool at_least) const;
  void tell_progress();

  const wire::fetcher::Fetch request_;
  const OnProgress on_progress_;
  const Clock::time_point began_;
  int redirects_ = 0;
  std::optional<ReceivedFile> file_;
  std::optional<std::int64_t> length_;  // as announced
  std::optional<Problem> problem_;      // why we ended it ourselves
  std::optional<Clock::time_point> told_at_;
};

}  // namespace transcribed::fetcher
