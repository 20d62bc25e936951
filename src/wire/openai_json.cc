#include "wire/openai_json.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "core/characters.h"
#include "core/languages.h"
#include "core/placed_words.h"
#include "core/transcript_text.h"
#include "wire/compression_ratio.h"
#include "wire/json_writer.h"

namespace transcribed::wire {
namespace {

double in_milliseconds(double seconds) {
  return std::isfinite(seconds) ? std::round(seconds * 1000) / 1000 : 0;
}

std::string clean(std::string_view text) { return std::string(core::stripped(text)); }

std::string divided(std::string_view divider, std::string_view text) {
  std::string out(divider);
  return out += text;
}

class SegmentWriter {
 public:
  explicit SegmentWriter(JsonWriter& json) : json_(json) {}

  bool words = true;
  // Of what is not told; nothing: it is left out.
  std::optional<double> temperature;
  std::optional<double> unknown;

  void write(const core::Segment& segment) {
    const std::string_view said = core::stripped(segment.text);
    json_.begin_object();
    field("id", segment.id);
    field("seek", segment.seek ? std::optional<double>(*segment.seek) : unknown);
    field("start", in_milliseconds(segment.start_s));
    field("end", in_milliseconds(segment.end_s));
    const std::string_view divider = before(said);
    json_.key("text");
    json_.text(divided(divider, said));
    json_.key("tokens");
    json_.begin_array();
    for (const int token : segment.tokens) json_.number(token);
    json_.end_array();
    field("temperature", segment.temperature ? segment.temperature : temperature);
    field("avg_logprob", segment.avg_logprob ? segment.avg_logprob : unknown);
    field("compression_ratio", ratio_.of(said));
    field("no_speech_prob", segment.no_speech_prob ? segment.no_speech_prob : unknown);
    if (words && !segment.words.empty()) write_words(segment, said, divider);
    json_.end_object();
    if (!said.empty()) last_ = said;
  }

 private:
  void field(std::string_view name, std::optional<double> number) {
    if (!number) return;
    json_.key(name);
    json_.number(std::isfinite(*number) ? *number : 0);
  }

  // The first one, too, begins with a blank in a language that has them.
  std::string_view before(std::string_view said) const {
    if (!last_.empty() || said.empty()) return core::divider(last_, said);
    return core::is_written_without_blanks(core::first_character(said)) ? "" : " ";
  }

  void write_words(const core::Segment& segment, std::string_view said, std::string_view divider) {
    const std::vector<core::PlacedWord> placed = core::place_words(said, segment, clean);
    std::size_t index = 0;
    std::string_view last;
    json_.key("words");
    json_.begin_array();
    for (const core::Word& word : segment.words) {
      const std::string_view text = core::stripped(word.text);
      if (text.empty()) continue;
      std::string_view blank = last.empty() ? divider : core::divider(last, text);
      if (!placed.empty() && index > 0) {
        blank = said.substr(placed[index - 1].end, placed[index].begin - placed[index - 1].end);
        blank = blank.find_first_of(" \t\r\n") == std::string_view::npos ? "" : " ";
      }
      json_.begin_object();
      json_.key("word");
      json_.text(divided(blank, text));
      field("start", in_milliseconds(word.start_s));
      field("end", in_milliseconds(word.end_s));
      field("probability", word.probability);
      json_.end_object();
      last = text;
      ++index;
    }
    json_.end_array();
  }

  JsonWriter& json_;
  CompressionRatio ratio_;
  std::string_view last_;  // text before, of the transcript
};

void write_usage(JsonWriter& json, const core::Transcript& transcript) {
  json.key("usage");
  json.begin_object();
  json.key("type");
  json.text("duration");
  json.key("seconds");
  json.number(std::ceil(in_milliseconds(transcript.duration_s)));
  json.end_object();
}

void write_words_on_top(JsonWriter& json, const core::Transcript& transcript) {
  json.key("words");
  json.begin_array();
  for (const core::Segment& segment : transcript.segments) {
    for (const core::Word& word : segment.words) {
      json.begin_object();
      json.key("word");
      json.text(core::stripped(word.text));
      json.key("start");
      json.number(in_milliseconds(word.start_s));
      json.key("end");
      json.number(in_milliseconds(word.end_s));
      json.end_object();
    }
  }
  json.end_array();
}

std::string_view full_language(const core::Transcript& transcript, std::string_view task) {
  if (task == "translate") return "english";
  const std::string_view name = core::language_name(core::language_code(transcript.language));
  return name.empty() ? std::string_view(transcript.language) : name;
}

}  // namespace

std::string to_file_json(const core::Transcript& transcript, bool with_words) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("text");
  json.text(core::whole_text(transcript));
  json.key("segments");
  json.begin_array();
  SegmentWriter segments(json);
  segments.words = with_words;
  for (const core::Segment& segment : transcript.segments) segments.write(segment);
  json.end_array();
  json.key("language");
  json.text(transcript.language);
  json.key("duration_s");
  json.number(in_milliseconds(transcript.duration_s));
  if (transcript.edited) {
    json.key("edited");
    json.value(true);
  }
  json.end_object();
  return out;
}

std::string to_verbose_json(const core::Transcript& transcript, const VerboseOptions& options) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("task");
  json.text(options.task.empty() ? "transcribe" : options.task);
  json.key("language");
  json.text(full_language(transcript, options.task));
  json.key("duration");
  json.number(in_milliseconds(transcript.duration_s));
  json.key("text");
  json.text(core::whole_text(transcript));
  if (options.words) write_words_on_top(json, transcript);
  if (options.segments) {
    json.key("segments");
    json.begin_array();
    SegmentWriter segments(json);
    segments.words = false;
    segments.temperature = options.temperature;
    segments.unknown = 0;
    for (const core::Segment& segment : transcript.segments) segments.write(segment);
    json.end_array();
  }
  write_usage(json, transcript);
  json.end_object();
  return out;
}

std::string to_text_json(const core::Transcript& transcript) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("text");
  json.text(core::whole_text(transcript));
  write_usage(json, transcript);
  json.end_object();
  return out;
}

std::string to_text_delta(std::string_view delta) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("type");
  json.text("transcript.text.delta");
  json.key("delta");
  json.text(delta);
  json.end_object();
  return out;
}

std::string to_text_done(const core::Transcript& transcript) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("type");
  json.text("transcript.text.done");
  json.key("text");
  json.text(core::whole_text(transcript));
  write_usage(json, transcript);
  json.end_object();
  return out;
}

}  // namespace transcribed::wire
