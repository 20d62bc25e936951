#include "http/transcript_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "core/characters.h"
#include "core/subtitles.h"
#include "core/transcript_text.h"
#include "http/query.h"
#include "wire/openai_json.h"

namespace transcribed::http {
namespace {

using Format = TranscriptFormat;

struct Entry {
  Format format;
  std::string_view name;
  TranscriptFile file;
};
constexpr std::array<Entry, 7> entries{
    {{Format::txt, "txt", {"text/plain; charset=utf-8", "txt"}},
     {Format::srt, "srt", {"application/x-subrip; charset=utf-8", "srt"}},
     {Format::vtt, "vtt", {"text/vtt; charset=utf-8", "vtt"}},
     {Format::tsv, "tsv", {"text/tab-separated-values; charset=utf-8", "tsv"}},
     {Format::lrc, "lrc", {"text/plain; charset=utf-8", "lrc"}},
     {Format::json, "json", {"application/json; charset=utf-8", "json"}},
     {Format::verbose_json, "verbose_json", {"application/json; charset=utf-8", "verbose.json"}}}};

const Entry& entry_of(Format format) {
  return *std::find_if(entries.begin(), entries.end(),
                       [&](const Entry& entry) { return entry.format == format; });
}

std::string format_names() {
  std::string names;
  for (const Entry& entry : entries) {
    if (!names.empty()) names += ", ";
    names += entry.name;
  }
  return names;
}

// Reads parameters one by one and keeps the first error.
class Parameters {
 public:
  explicit Parameters(const Query& query) : query_(query) {}

  std::optional<ApiError> error;

  const std::string* find(std::string_view name) const {
    const auto found = query_.find(name);
    return found == query_.end() ? nullptr : &found->second;
  }

  void refuse(std::string_view name, const std::string& message) {
    if (!error) error = bad_request("bad_value", message, std::string(name));
  }

  std::optional<bool> flag(std::string_view name) {
    const std::string* value = find(name);
    if (!value) return std::nullopt;
    if (*value == "true" || *value == "1") return true;
    if (*value == "false" || *value == "0") return false;
    refuse(name, quoted(name) + " must be true or false.");
    return std::nullopt;
  }

  std::optional<int> whole(std::string_view name, int most) {
    const std::string* value = find(name);
    if (!value) return std::nullopt;
    int number = 0;
    const char* const end = value->data() + value->size();
    const auto [stopped, failure] = std::from_chars(value->data(), end, number);
    if (failure == std::errc{} && stopped == end && number >= 1 && number <= most) return number;
    refuse(name, quoted(name) + " must be a whole number from 1 to " + std::to_string(most) + ".");
    return std::nullopt;
  }

  // `name` makes sense for these formats only.
  void only_for(std::string_view name, Format format, std::initializer_list<Format> formats) {
    if (!find(name) || std::find(formats.begin(), formats.end(), format) != formats.end()) return;
    std::string names;
    for (const Format one : formats) {
      if (!names.empty()) names += one == std::data(formats)[formats.size() - 1] ? " and " : ", ";
      names += entry_of(one).name;
    }
    refuse(name, quoted(name) + " is for " + names + ", not for " +
                     std::string(entry_of(format).name) + ".");
  }

  static std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

 private:
  const Query& query_;
};

void read_format(Parameters& parameters, TranscriptRequest& request) {
  const std::string* name = parameters.find("format");
  if (!name) return;
  const auto* const found = std::find_if(entries.begin(), entries.end(),
                                         [&](const Entry& entry) { return entry.name == *name; });
  if (found == entries.end()) {
    parameters.refuse(
        "format", "The format \"" + *name + "\" is not known; these are: " + format_names() + ".");
    return;
  }
  request.format = found->format;
}

// As in OpenAI's API, but with a comma where that has the field twice.
void read_granularities(Parameters& parameters, TranscriptRequest& request) {
  constexpr std::string_view name = "timestamp_granularities";
  const std::string* value = parameters.find(name);
  if (!value) return;
  request.segments = false;
  std::string_view rest = *value;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view word = rest.substr(0, comma);
    if (word == "segment") {
      request.segments = true;
    } else if (word == "word") {
      request.words = true;
    } else {
      parameters.refuse(name,
                        "\"timestamp_granularities\" must be word, segment, or both with a "
                        "comma between them.");
    }
    if (comma == std::string_view::npos) return;
    rest.remove_prefix(comma + 1);
  }
}

bool tells_words(const core::Segment& segment) { return !segment.words.empty(); }
bool has_text(const core::Segment& segment) { return !core::stripped(segment.text).empty(); }

std::string line(std::string json) {
  json += '\n';
  return json;
}

}  // namespace

tl::expected<TranscriptRequest, ApiError> read_transcript_request(std::string_view query) {
  const auto parsed = parse_query(query, {"format", "download", "words", "max_line_width",
                                          "max_line_count", "timestamp_granularities"});
  if (!parsed) return tl::make_unexpected(parsed.error());
  Parameters parameters(*parsed);
  TranscriptRequest request;
  read_format(parameters, request);
  request.download = parameters.flag("download").value_or(false);
  request.words = parameters.flag("words");
  request.limits.max_line_width = parameters.whole("max_line_width", 1000);
  request.limits.max_line_count = parameters.whole("max_line_count", 100);
  read_granularities(parameters, request);
  parameters.only_for("words", request.format,
                      {Format::srt, Format::vtt, Format::lrc, Format::json, Format::verbose_json});
  parameters.only_for("max_line_width", request.format, {Format::srt, Format::vtt});
  parameters.only_for("max_line_count", request.format, {Format::srt, Format::vtt});
  parameters.only_for("timestamp_granularities", request.format, {Format::verbose_json});
  if (request.limits.max_line_count && !request.limits.max_line_width) {
    parameters.refuse(
        "max_line_count",
        "\"max_line_count\" counts the lines that \"max_line_width\" makes; give that, "
        "too.");
  }
  if (parameters.error) return tl::make_unexpected(std::move(*parameters.error));
  return request;
}

TranscriptFile file_of(TranscriptFormat format) { return entry_of(format).file; }

std::optional<ApiError> lacks(const TranscriptRequest& request,
                              const core::Transcript& transcript) {
  const auto& segments = transcript.segments;
  if (!request.words.value_or(false)) return std::nullopt;
  if (std::any_of(segments.begin(), segments.end(), tells_words)) return std::nullopt;
  if (std::none_of(segments.begin(), segments.end(), has_text)) return std::nullopt;
  ApiError error;
  error.status = 409;
  error.code = "no_word_times";
  error.message =
      "This transcript does not tell the times of its words. Submit the recording with "
      "word_timestamps=true, and to a model that can tell them.";
  error.param = "words";
  return error;
}

std::string render(const TranscriptRequest& request, const core::Transcript& transcript,
                   const core::TranscribeOptions& options) {
  const bool words = request.words.value_or(false);
  switch (request.format) {
    case Format::txt:
      return core::to_txt(transcript);
    case Format::srt:
      return core::to_srt(transcript, {.limits = request.limits, .highlight_words = words});
    case Format::vtt:
      return core::to_vtt(transcript, {.limits = request.limits, .highlight_words = words});
    case Format::tsv:
      return core::to_tsv(transcript);
    case Format::lrc:
      return core::to_lrc(transcript, words ? core::WordStamps::yes : core::WordStamps::no);
    case Format::json:
      return line(wire::to_file_json(transcript, request.words.value_or(true)));
    case Format::verbose_json:
      return line(
          wire::to_verbose_json(transcript, {.task = options.task,
                                             .segments = request.segments,
                                             .words = words,
                                             .temperature = options.temperature.value_or(0)}));
  }
  return {};
}

}  // namespace transcribed::http
