// Reading a transcript back from what a program printed.
#pragma once

#include <string_view>

#include "core/transcript.h"

namespace transcribed::core {

// Recognises cues with times: SubRip, WebVTT, and whisper.cpp's "[00:00:00.000 --> 00:00:02.500]
// text" lines. Anything else is plain text: each line that is not blank is a segment whose times
// are 0. The duration is the last cue's end.
Transcript read_printed_transcript(std::string_view printed);

}  // namespace transcribed::core
