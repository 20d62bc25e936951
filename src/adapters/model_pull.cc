#include "adapters/model_pull.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "adapters/file_digest.h"
#include "adapters/models_folder.h"
#include "adapters/part_file.h"

namespace transcribed::adapters {

namespace fs = std::filesystem;

namespace {

using Kind = PullProblem::Kind;

// Left to everybody else on that disk.
constexpr std::int64_t spare_bytes = 64 * core::bytes_per_mb;

tl::unexpected<PullProblem> failed(std::string sentence) {
  return tl::unexpected(PullProblem{Kind::failed, std::move(sentence)});
}

class Pull {
 public:
  Pull(const core::WhisperModel& model, const PullOptions& options)
      : model_(model),
        options_(options),
        target_(options.folder / std::string(model.file)),
        url_(options.base_url + "/" + std::string(model.file)) {}

  tl::expected<Pulled, PullProblem> run() {
    if (auto wrong = make_models_folder(options_.folder)) return failed(std::move(*wrong));
    const auto part = PartFile::open(target_);
    if (!part) {
      if (part.error().in_use) {
        return failed(
            fmt::format("{} is being fetched into {} by another process already; wait for that one",
                        model_.name, options_.folder.string()));
      }
      return failed(fmt::format(
          "{} cannot be written: {}; run as the user that owns the folder, or name another with "
          "--models-dir",
          PartFile::path_of(target_).string(), part.error().reason));
    }
    if (auto there = already_there(*part)) return std::move(*there);
    Pulled pulled;
    pulled.resumed_at = part->version().empty() ? 0 : std::min(part->size(), model_.bytes);
    if (auto wrong = no_room(*part)) return failed(std::move(*wrong));
    if (auto wrong = fetch(*part)) return tl::unexpected(std::move(*wrong));
    if (auto wrong = check(*part)) return tl::unexpected(std::move(*wrong));
    if (const auto error = part->finish()) {
      return failed(fmt::format("{} cannot be moved into place: {}", target_.string(),
                                std::generic_category().message(*error)));
    }
    return pulled;
  }

 private:
  using Ended = std::optional<tl::expected<Pulled, PullProblem>>;

  Ended already_there(const PartFile& part) const {
    std::error_code error;
    if (!fs::exists(target_, error)) return std::nullopt;
    const auto bytes = static_cast<std::int64_t>(fs::file_size(target_, error));
    if (part.size() == 0) part.remove();  // made by our own opening
    if (!error && bytes == model_.bytes) {
      part.remove();
      return Pulled{.was_there = true, .resumed_at = 0};
    }
    return failed(fmt::format(
        "{} is there, but has {} bytes in place of {}, so it is damaged or another model; remove "
        "it with `transcribe models rm {}` and pull again",
        target_.string(), bytes, model_.bytes, model_.name));
  }

  std::optional<std::string> no_room(const PartFile& part) const {
    const auto free = free_bytes(options_.folder);
    if (!free) return std::nullopt;  // writing will tell
    const std::int64_t missing = model_.bytes - std::min(part.size(), model_.bytes);
    if (*free >= missing + spare_bytes) return std::nullopt;
    if (part.size() == 0) part.remove();
    return fmt::format(
        "{} needs {} more on the disk of {}, and {} of spare room, but {} are free; make room, "
        "name a folder on another disk with --models-dir, or take a smaller model",
        model_.name, as_mb(missing), options_.folder.string(), as_mb(spare_bytes), as_mb(*free));
  }

  void tell(PullProgress::Step step, std::int64_t done, std::string trouble = "") const {
    if (options_.on_progress) options_.on_progress({step, done, std::move(trouble)});
  }

  std::optional<PullProblem> fetch(const PartFile& part) {
    DownloadRequest request;
    request.url = url_;
    request.bytes = model_.bytes;
    request.limits = options_.limits;
    request.interruption = options_.interruption;
    request.on_progress = [this](std::int64_t done) { tell(PullProgress::Step::fetching, done); };
    bool answered = false;  // somebody did, so that a later silence is an outage
    std::size_t in_vain = 0;
    for (;;) {
      const std::int64_t before = part.size();
      const auto problem = download(request, part);
      if (!problem) return std::nullopt;
      using What = DownloadProblem::Kind;
      const bool moved = part.size() > before;
      answered = answered || moved || problem->kind != What::unreachable;
      const bool may_pass = problem->kind == What::broken || problem->kind == What::busy ||
                            (problem->kind == What::unreachable && answered);
      in_vain = moved ? 0 : in_vain + 1;
      if (!may_pass || in_vain > options_.pauses.size()) return describe(*problem, part);
      tell(PullProgress::Step::waiting, part.size(), problem->detail);
      if (!pause(options_.pauses.empty() ? std::chrono::milliseconds(0)
                                         : options_.pauses[in_vain == 0 ? 0 : in_vain - 1])) {
        return PullProblem{Kind::interrupted, ""};
      }
    }
  }

  // False: stop.
  bool pause(std::chrono::milliseconds time) const {
    const auto end = std::chrono::steady_clock::now() + time;
    for (;;) {
      if (options_.interruption.is_asked()) return false;
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return true;
      pollfd wake{options_.interruption.fd, POLLIN, 0};
      ::poll(&wake, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 500)));
    }
  }

  // Of the publisher, whatever mirror was tried: there a browser finds it.
  std::string other_ways() const {
    return fmt::format(
        "name a mirror with --from URL, or fetch {}/{} elsewhere and bring it in with `transcribe "
        "models add {}`",
        official_models_url, model_.file, model_.file);
  }

  PullProblem describe(const DownloadProblem& problem, const PartFile& part) const {
    using What = DownloadProblem::Kind;
    const std::string host = host_of(url_);
    const std::int64_t have = part.size();
    const std::string kept =
        have == 0 ? ""
                  : fmt::format(" {} of {} are kept, and a later pull goes on from there.",
                                as_mb(have), as_mb(model_.bytes));
    if (have == 0) part.remove();
    switch (problem.kind) {
      case What::interrupted:
        return {Kind::interrupted, ""};
      case What::unreachable:
        return {Kind::unreachable,
                fmt::format("{} cannot be reached ({}): check the network, {}.{}", host,
                            problem.detail, other_ways(), kept)};
      case What::broken:
        return {Kind::failed, fmt::format("the download from {} broke off again and again ({}); "
                                          "try again later, {}.{}",
                                          host, problem.detail, other_ways(), kept)};
      case What::busy:
        return {Kind::failed, fmt::format("{} cannot serve it at the moment ({}); try again "
                                          "later, {}.{}",
                                          host, problem.detail, other_ways(), kept)};
      case What::refused:
        return {Kind::failed, fmt::format("{} does not give {} ({}); {}.{}", host, url_,
                                          problem.detail, other_ways(), kept)};
      case What::not_https:
        return {Kind::failed,
                fmt::format("{} leads to an address that is not https, which is not followed "
                            "({}); {}.{}",
                            host, problem.detail, other_ways(), kept)};
      case What::wrong_size:
        part.remove();
        return {Kind::failed, fmt::format("{} has another file than the published {}: {}; {}.",
                                          host, model_.name, problem.detail, other_ways())};
      case What::disk_full:
        return {Kind::failed,
                fmt::format("the disk of {} is full ({}): make room and pull again, or name a "
                            "folder on another disk with --models-dir.{}",
                            options_.folder.string(), problem.detail, kept)};
      case What::write_failed:
        break;
    }
    return {Kind::failed, fmt::format("{} cannot be written: {}.{}",
                                      PartFile::path_of(target_).string(), problem.detail, kept)};
  }

  std::optional<PullProblem> check(const PartFile& part) const {
    const auto sums = digest_file(part.fd(), [this](std::int64_t done) {
      tell(PullProgress::Step::checking, done);
      return !options_.interruption.is_asked();
    });
    if (!sums) {
      if (sums.error().empty()) return PullProblem{Kind::interrupted, ""};
      return PullProblem{Kind::failed,
                         fmt::format("{} cannot be read back: {}",
                                     PartFile::path_of(target_).string(), sums.error())};
    }
    // Where OpenSSL refuses SHA-1, SHA-256 alone decides.
    if (sums->sha256 == model_.sha256 && (sums->sha1.empty() || sums->sha1 == model_.sha1)) {
      return std::nullopt;
    }
    part.remove();
    return PullProblem{
        Kind::failed,
        fmt::format("what {} sent is not the published {}: its SHA-256 is {}, the published one "
                    "{}. It was deleted; pull again, {}.",
                    host_of(url_), model_.name, sums->sha256, model_.sha256, other_ways())};
  }

  const core::WhisperModel& model_;
  const PullOptions& options_;
  const fs::path target_;
  const std::string url_;
};

}  // namespace

std::string as_mb(std::int64_t bytes) {
  return fmt::format("{} MB", (bytes + core::bytes_per_mb - 1) / core::bytes_per_mb);
}

tl::expected<Pulled, PullProblem> pull_model(const core::WhisperModel& model,
                                             const PullOptions& options) {
  return Pull(model, options).run();
}

}  // namespace transcribed::adapters
