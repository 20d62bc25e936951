// Fetches one model of the catalogue into the models folder: checked, and in place at once or not
// at all. Blocks; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "adapters/http_download.h"
#include "core/whisper_models.h"

namespace transcribed::adapters {

inline constexpr const char* official_models_url =
    "https://huggingface.co/ggerganov/whisper.cpp/resolve/main";

struct PullProgress {
  enum class Step { fetching, checking, waiting } step = Step::fetching;
  std::int64_t done_bytes = 0;
  std::string trouble;  // while waiting to try again: why
};

struct PullOptions {
  std::filesystem::path folder;
  std::string base_url = official_models_url;  // BASE/FILE is fetched; no slash at its end
  DownloadLimits limits;
  // Before each new try that follows one which brought nothing; after the last it is given up.
  std::vector<std::chrono::milliseconds> pauses{std::chrono::seconds(1), std::chrono::seconds(2),
                                                std::chrono::seconds(4), std::chrono::seconds(8)};
  Interruption interruption;
  std::function<void(const PullProgress&)> on_progress;  // often; may be empty
};

struct PullProblem {
  enum class Kind {
    unreachable,  // nobody answered
    failed,       // anything else
    interrupted,  // the part is kept
  } kind = Kind::failed;
  std::string sentence;  // whole, with the way out; "" when interrupted
};

struct Pulled {
  bool was_there = false;       // and nothing was fetched
  std::int64_t resumed_at = 0;  // bytes that an earlier run had fetched
};

tl::expected<Pulled, PullProblem> pull_model(const core::WhisperModel& model,
                                             const PullOptions& options);

// 487601967 -> "466 MB", rounded up.
std::string as_mb(std::int64_t bytes);

}  // namespace transcribed::adapters
