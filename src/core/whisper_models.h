// The official Whisper models in ggml form, as published at
// https://huggingface.co/ggerganov/whisper.cpp. Pure data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/memory_size.h"

namespace transcribed::core {

// Where a file's SHA-1 was read. None could be checked against the file itself when this was
// written. Each SHA-1, SHA-256 and size stands in at least two independent public lists that agree.
enum class SumOrigin {
  in_project,  // whisper.cpp's own models/README.md lists the SHA-1, and others repeat it
  in_copies,   // only in lists that others made from the publisher's page
};

struct WhisperModel {
  std::string_view name;    // "large-v3-turbo-q5_0"
  std::string_view file;    // "ggml-large-v3-turbo-q5_0.bin"
  std::int64_t bytes = 0;   // exact
  std::string_view sha1;    // lower-case hex
  std::string_view sha256;  // the same file's; the publisher's storage names it by this
  SumOrigin sum_origin = SumOrigin::in_copies;
  bool multilingual = true;

  // VRAM (RAM where there is no GPU). From what libwhisper 1.9.5 logs (f16, flash attention), the
  // larger of its CPU and Vulkan figures where both are known; large-v1 and -v2 are taken for
  // large-v3. Of a quantised model the weights are taken to be the file's size. Driver contexts are
  // not in it.
  Megabytes weights_mb = 0;   // the loaded model, without any job
  Megabytes state_mb = 0;     // what each job adds
  Megabytes fallback_mb = 0;  // and adds again at its first temperature fallback, or with beams
  Megabytes job_mb() const { return state_mb + fallback_mb; }
  constexpr bool quantised() const { return name.find("-q") != std::string_view::npos; }
};

// Smallest kind first; of a kind, the full one first.
std::span<const WhisperModel> whisper_models();
// By name or by file name; nullptr: the catalogue has none such.
const WhisperModel* find_whisper_model(std::string_view name_or_file);

// "ggml-NAME.bin", also of names the catalogue does not have: how a models folder calls its files.
std::string whisper_file_name(std::string_view name);
// The NAME of such a file; "" for other files.
std::string_view whisper_name_of_file(std::string_view file_name);

}  // namespace transcribed::core
