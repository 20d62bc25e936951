// How transcripts are to be written, beyond their format: --max-line-width, --max-line-count and
// --highlight-words, which the server obeys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "client/output_plan.h"

namespace transcribed::client {

struct TranscriptStyle {
  int max_line_width = 0;        // characters a line; 0 for no limit
  int max_line_count = 0;        // lines a cue; 0 for no limit
  bool highlight_words = false;  // each word as it is spoken; the job must know its words' times
};

// `style` must live as long as `app`. `group` is the heading in the help.
void add_style_options(CLI::App& app, TranscriptStyle& style, const std::string& group);

// What none of these formats can obey, or cannot be meant, as a sentence.
std::optional<std::string> wrong_with_style(const TranscriptStyle& style,
                                            const std::vector<Format>& formats);

// "format=srt&max_line_width=42": of the style what is for that format.
std::string transcript_query(Format format, const TranscriptStyle& style);

}  // namespace transcribed::client
