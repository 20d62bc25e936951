// What a client asks of a transcript, and the file that comes of it. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "core/cues.h"
#include "core/job.h"
#include "core/transcript.h"
#include "http/errors.h"

namespace transcribed::http {

enum class TranscriptFormat { txt, srt, vtt, tsv, lrc, json, verbose_json };

struct TranscriptRequest {
  TranscriptFormat format = TranscriptFormat::json;
  bool download = false;
  // Asked for or refused by name; nothing: each format's own way.
  std::optional<bool> words;
  core::CueLimits limits;
  bool segments = true;  // in verbose_json

  bool operator==(const TranscriptRequest&) const = default;
};

// Of "format=srt&download=true&words=true&max_line_width=42&max_line_count=2" or
// "format=verbose_json&timestamp_granularities=word,segment". A parameter that the format has no
// use for is an error.
tl::expected<TranscriptRequest, ApiError> read_transcript_request(std::string_view query);

struct TranscriptFile {
  std::string_view content_type;  // of static storage
  std::string_view ending;        // of a file's name: "srt", "verbose.json"
};
TranscriptFile file_of(TranscriptFormat format);

// 409 where the times of words are asked for and the transcript has none.
std::optional<ApiError> lacks(const TranscriptRequest& request, const core::Transcript& transcript);

// `options`: those of the job.
std::string render(const TranscriptRequest& request, const core::Transcript& transcript,
                   const core::TranscribeOptions& options);

}  // namespace transcribed::http
