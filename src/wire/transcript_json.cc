#include "wire/transcript_json.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "core/transcript_text.h"
#include "wire/json_fields.h"
#include "wire/json_writer.h"
#include "wire/utf8.h"

namespace transcribed::wire {
namespace {

namespace json = boost::json;

// JSON has no NaN and no infinity.
double finite(double number) { return std::isfinite(number) ? number : 0.0; }

void put_finite(json::object& object, std::string_view key, const std::optional<double>& number) {
  if (number && std::isfinite(*number)) object[key] = *number;
}

json::object word_to_json(const core::Word& word) {
  json::object object;
  object["word"] = to_valid_utf8(word.text);
  object["start"] = finite(word.start_s);
  object["end"] = finite(word.end_s);
  put_finite(object, "probability", word.probability);
  return object;
}

tl::expected<core::Word, std::string> parse_word(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return tl::make_unexpected("\"words\" must be a list of objects");
  JsonFields fields(*object);
  core::Word word;
  word.text = fields.text("word");
  word.start_s = fields.seconds("start");
  word.end_s = std::max(word.start_s, fields.seconds("end"));
  word.probability = fields.number("probability");
  if (fields.error()) return tl::unexpected(*fields.error());
  return word;
}

}  // namespace

json::object to_json(const core::Segment& segment) {
  json::object object;
  object["id"] = segment.id;
  object["start"] = finite(segment.start_s);
  object["end"] = finite(segment.end_s);
  object["text"] = to_valid_utf8(segment.text);
  if (!segment.tokens.empty()) {
    object["tokens"] = json::array(segment.tokens.begin(), segment.tokens.end());
  }
  put_finite(object, "avg_logprob", segment.avg_logprob);
  if (segment.seek) object["seek"] = *segment.seek;
  put_finite(object, "temperature", segment.temperature);
  put_finite(object, "no_speech_prob", segment.no_speech_prob);
  if (!segment.words.empty()) {
    json::array& words = object["words"].emplace_array();
    words.reserve(segment.words.size());
    for (const core::Word& word : segment.words) words.push_back(word_to_json(word));
  }
  return object;
}

tl::expected<core::Segment, std::string> parse_segment(const json::object& object) {
  JsonFields fields(object);
  core::Segment segment;
  segment.id = fields.whole("id", 0);
  segment.start_s = fields.seconds("start");
  segment.end_s = std::max(segment.start_s, fields.seconds("end"));
  segment.text = fields.text("text");
  segment.tokens = fields.whole_list("tokens");
  segment.avg_logprob = fields.number("avg_logprob");
  segment.seek = fields.optional_whole("seek", 0);
  segment.temperature = fields.number("temperature");
  segment.no_speech_prob = fields.number("no_speech_prob");
  if (const json::array* words = fields.array("words")) {
    segment.words.reserve(words->size());
    for (const json::value& value : *words) {
      tl::expected<core::Word, std::string> word = parse_word(value);
      if (!word) return tl::unexpected(std::move(word.error()));
      segment.words.push_back(std::move(*word));
    }
  }
  if (fields.error()) return tl::unexpected(*fields.error());
  return segment;
}

std::string to_json_text(const core::Transcript& transcript) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("text");
  json.text(core::whole_text(transcript));
  json.key("language");
  json.text(transcript.language);
  if (transcript.language_probability) {
    json.key("language_probability");
    json.number(finite(*transcript.language_probability));
  }
  json.key("duration_s");
  json.number(finite(transcript.duration_s));
  if (transcript.edited) {
    json.key("edited");
    json.value(true);
  }
  json.key("segments");
  json.begin_array();
  // One segment at a time: all of them as a tree would take seven times the text's memory.
  for (const core::Segment& segment : transcript.segments) json.value(to_json(segment));
  json.end_array();
  json.end_object();
  return out;
}

tl::expected<core::Transcript, std::string> parse_transcript(std::string_view text) {
  json::error_code error;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return tl::unexpected("not JSON: " + error.message());
  const json::object* object = value.if_object();
  if (object == nullptr) return tl::make_unexpected("a transcript must be an object");
  JsonFields fields(*object);
  core::Transcript transcript;
  transcript.language = fields.text_or_empty("language");
  transcript.language_probability = fields.number("language_probability");
  transcript.duration_s = fields.seconds_or_zero("duration_s");
  if (const json::array* segments = fields.array("segments")) {
    transcript.segments.reserve(segments->size());
    for (const json::value& entry : *segments) {
      const json::object* one = entry.if_object();
      if (one == nullptr) return tl::make_unexpected("\"segments\" must be a list of objects");
      tl::expected<core::Segment, std::string> segment = parse_segment(*one);
      if (!segment) return tl::unexpected(std::move(segment.error()));
      transcript.segments.push_back(std::move(*segment));
    }
  }
  if (fields.error()) return tl::unexpected(*fields.error());
  return transcript;
}

json::object to_json(const core::TranscribeOptions& options) {
  json::object object;
  if (!options.language.empty()) object["language"] = to_valid_utf8(options.language);
  if (!options.task.empty()) object["task"] = to_valid_utf8(options.task);
  if (!options.initial_prompt.empty()) {
    object["initial_prompt"] = to_valid_utf8(options.initial_prompt);
  }
  put_finite(object, "temperature", options.temperature);
  if (options.beam_size) object["beam_size"] = *options.beam_size;
  if (options.word_timestamps) object["word_timestamps"] = true;
  if (options.max_seconds && std::isfinite(*options.max_seconds)) {
    object["max_seconds"] = *options.max_seconds;
  }
  return object;
}

tl::expected<core::TranscribeOptions, std::string> parse_options(const json::object& object) {
  JsonFields fields(object);
  core::TranscribeOptions options;
  options.language = fields.text_or_empty("language");
  options.task = fields.text_or_empty("task");
  options.initial_prompt = fields.text_or_empty("initial_prompt");
  options.temperature = fields.number("temperature");
  options.beam_size = fields.optional_whole("beam_size", 1);
  options.word_timestamps = fields.flag_or_false("word_timestamps");
  options.max_seconds = fields.number("max_seconds");
  if (fields.error()) return tl::unexpected(*fields.error());
  return options;
}

}  // namespace transcribed::wire
