#include "core/subtitles.h"

#include <algorithm>
#include <cstdint>

#include "core/timestamps.h"

namespace transcribed::core {
namespace {

class SubtitleFile {
 public:
  explicit SubtitleFile(const SubtitleOptions& options) : options_(options) {}
  virtual ~SubtitleFile() = default;

  std::string write(const Transcript& transcript) {
    for (const Segment& segment : transcript.segments) {
      const SegmentCues cues = cues_of(segment, options_.limits);
      for (const Cue& cue : cues.cues) {
        if (options_.highlight_words) {
          add_highlighted(cues, cue);
        } else {
          add(cues, cue, to_milliseconds(cue.start_s), to_milliseconds(cue.end_s), nullptr);
        }
      }
    }
    return std::move(out_);
  }

 protected:
  virtual void append_times(std::int64_t start_ms, std::int64_t end_ms) = 0;
  virtual void append_text(std::string_view text) { out_ += text; }

  std::string out_;

 private:
  void add(const SegmentCues& cues, const Cue& cue, std::int64_t start_ms, std::int64_t end_ms,
           const PlacedWord* underlined) {
    append_times(start_ms, end_ms);
    const std::string_view text = cues.text;
    for (const TextRange& line : cue.lines) {
      const auto piece = [&](std::size_t begin, std::size_t end) {
        append_text(text.substr(begin, end - begin));
      };
      const std::size_t begin =
          std::clamp(underlined ? underlined->begin : line.end, line.begin, line.end);
      const std::size_t end = std::clamp(underlined ? underlined->end : begin, begin, line.end);
      piece(line.begin, begin);
      if (begin < end) {
        out_ += "<u>";
        piece(begin, end);
        out_ += "</u>";
      }
      piece(end, line.end);
      out_ += '\n';
    }
    out_ += '\n';
  }

  // Words that take no time are underlined at no time.
  void add_highlighted(const SegmentCues& cues, const Cue& cue) {
    const std::int64_t start_ms = to_milliseconds(cue.start_s);
    const std::int64_t end_ms = to_milliseconds(cue.end_s);
    std::int64_t now_ms = start_ms;
    auto word = std::find_if(cues.words.begin(), cues.words.end(), [&](const PlacedWord& one) {
      return one.end > cue.lines.front().begin;
    });
    for (; word != cues.words.end() && word->begin < cue.lines.back().end; ++word) {
      const std::int64_t from_ms = std::clamp(to_milliseconds(word->start_s), now_ms, end_ms);
      const std::int64_t to_ms = std::clamp(to_milliseconds(word->end_s), from_ms, end_ms);
      if (from_ms == to_ms) continue;
      if (now_ms < from_ms) add(cues, cue, now_ms, from_ms, nullptr);
      add(cues, cue, from_ms, to_ms, &*word);
      now_ms = to_ms;
    }
    if (now_ms < end_ms || start_ms == end_ms) add(cues, cue, now_ms, end_ms, nullptr);
  }

  const SubtitleOptions& options_;
};

class SubRip final : public SubtitleFile {
 public:
  using SubtitleFile::SubtitleFile;

 private:
  void append_times(std::int64_t start_ms, std::int64_t end_ms) override {
    out_ += std::to_string(++number_);
    out_ += '\n';
    append_timestamp(out_, start_ms, Hours::always, ',');
    out_ += " --> ";
    append_timestamp(out_, end_ms, Hours::always, ',');
    out_ += '\n';
  }

  int number_ = 0;
};

class WebVtt final : public SubtitleFile {
 public:
  explicit WebVtt(const SubtitleOptions& options) : SubtitleFile(options) { out_ = "WEBVTT\n\n"; }

 private:
  void append_times(std::int64_t start_ms, std::int64_t end_ms) override {
    append_timestamp(out_, start_ms, Hours::when_any, '.');
    out_ += " --> ";
    append_timestamp(out_, end_ms, Hours::when_any, '.');
    out_ += '\n';
  }

  void append_text(std::string_view text) override {
    for (const char c : text) {
      if (c == '&') {
        out_ += "&amp;";
      } else if (c == '<') {
        out_ += "&lt;";
      } else {
        out_ += c;
      }
    }
  }
};

}  // namespace

std::string to_srt(const Transcript& transcript, const SubtitleOptions& options) {
  return SubRip(options).write(transcript);
}

std::string to_vtt(const Transcript& transcript, const SubtitleOptions& options) {
  return WebVtt(options).write(transcript);
}

}  // namespace transcribed::core
