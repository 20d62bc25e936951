// Transcripts and options as JSON: for the store, the engine protocol and the API.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>
#include <tl/expected.hpp>

#include "core/job.h"
#include "core/transcript.h"

namespace transcribed::wire {

// {"id","start","end","text","tokens"?,"avg_logprob"?,"seek"?,"temperature"?,"no_speech_prob"?,
//  "words"?:[{"word","start","end","probability"?}]}
boost::json::object to_json(const core::Segment& segment);
tl::expected<core::Segment, std::string> parse_segment(const boost::json::object& object);

// As it is stored: {"text","language","duration_s","edited"?,"segments":[...]}; `text` and
// `edited` are derived, and ignored when read. Takes the text's memory and little more.
std::string to_json_text(const core::Transcript& transcript);
tl::expected<core::Transcript, std::string> parse_transcript(std::string_view json);

// Only what differs from the default is written: {} for default options.
boost::json::object to_json(const core::TranscribeOptions& options);
// An unknown key is ignored here (the API is stricter, see http/).
tl::expected<core::TranscribeOptions, std::string> parse_options(const boost::json::object& object);

}  // namespace transcribed::wire
