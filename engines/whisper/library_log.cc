#include "whisper/library_log.h"

#include <whisper.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/failure.h"
#include "whisper/word_groups.h"
#include "worker/worker_loop.h"

namespace transcribed::whisper {
namespace {

thread_local LogWatch* watch = nullptr;

// "...: compute buffer (decode) =   94.99 MB" -> 94,990,000.
std::int64_t bytes_after_equals(std::string_view message) {
  const std::size_t equals = message.rfind('=');
  if (equals == std::string_view::npos) return 0;
  const double megabytes = std::strtod(std::string(message.substr(equals + 1)).c_str(), nullptr);
  return std::isfinite(megabytes) && megabytes > 0 && megabytes < 1e7
             ? static_cast<std::int64_t>(megabytes * 1e6)
             : 0;
}

// "whisper_backend_init_gpu: using Vulkan1 backend" -> "Vulkan1".
std::string gpu_in_use(std::string_view message) {
  constexpr std::string_view before = "init_gpu: using ";
  constexpr std::string_view after = " backend";
  const std::size_t found = message.find(before);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = message.substr(found + before.size());
  const std::size_t end = rest.find(after);
  return end == std::string_view::npos ? std::string() : std::string(rest.substr(0, end));
}

// What this engine does on purpose in each window is no error.
bool is_ours(std::string_view message) {
  return message.find("encoder_begin_callback returned false") != std::string_view::npos;
}

void on_message(ggml_log_level level, const char* text, void*) {
  const bool is_error = level == GGML_LOG_LEVEL_ERROR;
  if (level == GGML_LOG_LEVEL_DEBUG || is_ours(text)) return;
  if (watch != nullptr) watch->note(is_error, text);
  if (is_error || level == GGML_LOG_LEVEL_WARN) std::fputs(text, stderr);
}

void on_abort(const char* message) {
  fmt::print(stderr, "{}\n", message);
  const bool logged = watch != nullptr && watch->out_of_memory;
  if (!logged && !tells_of_missing_memory(message)) return;
  const std::string& said = logged ? watch->last_error : message;
  worker::say_last_words({core::FailureKind::out_of_memory,
                          "ggml ended the engine because there was no memory left: " + said});
}

}  // namespace

bool tells_of_missing_memory(const std::string& message) {
  constexpr std::array<std::string_view, 7> signs = {
      "failed to allocate", "out of memory",       "outofdevicememory", "outofhostmemory",
      "not enough memory",  "insufficient memory", "allocation failed"};
  std::string lower = message;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(signs.begin(), signs.end(),
                     [&](std::string_view sign) { return lower.find(sign) != std::string::npos; });
}

void log_to_standard_error() {
  ggml_log_set(&on_message, nullptr);
  whisper_log_set(&on_message, nullptr);
  ggml_set_abort_callback(&on_abort);
}

LogWatch::LogWatch() { watch = this; }
LogWatch::~LogWatch() { watch = nullptr; }

void LogWatch::note(bool is_error, const std::string& message) {
  const std::int64_t bytes = bytes_after_equals(message);
  if (message.find("total size =") != std::string::npos) {
    (message.find(" CPU") != std::string::npos ? weights_on_cpu : weights_on_device) += bytes;
  } else if (message.find("kv ") != std::string::npos ||
             message.find("compute buffer (") != std::string::npos) {
    state += bytes;
  }
  if (std::string used = gpu_in_use(message); !used.empty()) gpu = std::move(used);
  if (tells_of_missing_memory(message)) out_of_memory = true;
  if (is_error) last_error = trimmed(message);
}

}  // namespace transcribed::whisper
