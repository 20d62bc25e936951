// Transcripts as OpenAI's program and OpenAI's API write them. Compact, without a final newline.
// Pure functions, any thread. In memory they take the text they return and little more.
//
// In both, the texts of the segments one after another are the whole text: each begins with the
// blank that divides it from the one before, and so do words within segments. Times are rounded to
// milliseconds.
#pragma once

#include <string>
#include <string_view>

#include "core/transcript.h"

namespace transcribed::wire {

// openai-whisper's file: {"text","segments":[...],"language":"en","duration_s","edited"?}, the last
// two being ours. What an engine does not tell of a segment is left out. Words, where there are
// any, stand within their segments, with their probability.
std::string to_file_json(const core::Transcript& transcript, bool with_words = true);

struct VerboseOptions {
  std::string task;  // "transcribe" (or empty) or "translate", whose language is always English
  bool segments = true;
  bool words = false;      // all of them, on top
  double temperature = 0;  // that was asked for; of segments that do not tell theirs
};
// The API's verbose_json: {"task","language":"english","duration","text","words"?,"segments"?,
// "usage"}. All ten fields of a segment are there, as the API's clients need them; of what an
// engine does not tell the numbers are 0.
std::string to_verbose_json(const core::Transcript& transcript, const VerboseOptions& options);

// The API's json: {"text","usage"}.
std::string to_text_json(const core::Transcript& transcript);

// The data of the API's events: a piece of text as GrowingText gives it, and the end.
std::string to_text_delta(std::string_view delta);
std::string to_text_done(const core::Transcript& transcript);

}  // namespace transcribed::wire
