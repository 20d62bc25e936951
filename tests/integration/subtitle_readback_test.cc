// What FFmpeg reads from our subtitle files is what we meant.
extern "C" {
#include <libavformat/avformat.h>
}

#include <cmath>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/subtitles.h"
#include "core/transcript_text.h"
#include "tests/integration/made_recordings.h"
#include "wire/transcript_json.h"

namespace transcribed::tests {
namespace {

using core::Transcript;

struct ReadCue {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::string text;

  bool operator==(const ReadCue&) const = default;
};

void PrintTo(const ReadCue& cue, std::ostream* out) {
  *out << cue.start_ms << "-" << cue.end_ms << " \"" << cue.text << "\"";
}

std::vector<ReadCue> read_back(const std::string& path) {
  AVFormatContext* opened = nullptr;
  if (avformat_open_input(&opened, path.c_str(), nullptr, nullptr) != 0) {
    throw std::runtime_error("FFmpeg does not open " + path);
  }
  const auto close = [](AVFormatContext* context) { avformat_close_input(&context); };
  const std::unique_ptr<AVFormatContext, decltype(close)> file(opened, close);
  const auto free = [](AVPacket* packet) { av_packet_free(&packet); };
  const std::unique_ptr<AVPacket, decltype(free)> packet(av_packet_alloc(), free);
  std::vector<ReadCue> cues;
  while (av_read_frame(file.get(), packet.get()) == 0) {
    const double unit_ms = 1000 * av_q2d(file->streams[packet->stream_index]->time_base);
    const auto ms = [&](std::int64_t time) {
      return std::llround(static_cast<double>(time) * unit_ms);
    };
    cues.push_back(
        {ms(packet->pts),
         ms(packet->pts + packet->duration),
         {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)}});
    av_packet_unref(packet.get());
  }
  return cues;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// As a player shows it.
std::string shown(std::string text) {
  for (const std::string_view mark : {"<u>", "</u>"}) text = replaced(text, mark, "");
  return replaced(replaced(text, "&lt;", "<"), "&amp;", "&");
}

class SubtitleReadback : public testing::Test {
 protected:
  std::vector<ReadCue> read(const std::string& name, const std::string& content) const {
    return read_back(folder_.write(name, content));
  }

  static Transcript talk() {
    std::ifstream file(GOLDEN "/talk.stored.json");
    return *wire::parse_transcript(std::string{std::istreambuf_iterator<char>(file), {}});
  }

  // What is to be read of the segments that have text.
  static std::vector<ReadCue> meant(const Transcript& transcript, const core::CueLimits& limits) {
    std::vector<ReadCue> cues;
    for (const core::Segment& segment : transcript.segments) {
      const core::SegmentCues laid_out = core::cues_of(segment, limits);
      for (const core::Cue& cue : laid_out.cues) {
        std::string text;
        for (const core::TextRange& line : cue.lines) {
          if (!text.empty()) text += '\n';
          text += laid_out.text.substr(line.begin, line.end - line.begin);
        }
        cues.push_back({std::llround(cue.start_s * 1000), std::llround(cue.end_s * 1000), text});
      }
    }
    return cues;
  }

  static std::vector<ReadCue> as_shown(std::vector<ReadCue> cues) {
    for (ReadCue& cue : cues) cue.text = shown(cue.text);
    return cues;
  }

  RecordingFolder folder_;
};

TEST_F(SubtitleReadback, SubRipHasTheSameTextAndTimes) {
  EXPECT_EQ(read("talk.srt", core::to_srt(talk())), meant(talk(), {}));
}

TEST_F(SubtitleReadback, WebVttHasTheSameTextAndTimes) {
  EXPECT_EQ(as_shown(read("talk.vtt", core::to_vtt(talk()))), meant(talk(), {}));
}

TEST_F(SubtitleReadback, ShortLinesHaveTheSameTextAndTimes) {
  core::SubtitleOptions options;
  options.limits = {20, 2};
  const auto wanted = meant(talk(), options.limits);
  EXPECT_GT(wanted.size(), talk().segments.size());
  EXPECT_EQ(read("talk.srt", core::to_srt(talk(), options)), wanted);
  EXPECT_EQ(as_shown(read("talk.vtt", core::to_vtt(talk(), options))), wanted);
}

TEST_F(SubtitleReadback, HighlightedWordsAddUpToTheSame) {
  core::SubtitleOptions options;
  options.highlight_words = true;
  for (const auto& [name, content] :
       {std::pair<std::string, std::string>{"talk.srt", core::to_srt(talk(), options)},
        {"talk.vtt", core::to_vtt(talk(), options)}}) {
    const auto cues = as_shown(read(name, content));
    EXPECT_GT(cues.size(), 2 * talk().segments.size());
    // Those that follow each other and show the same are one.
    std::vector<ReadCue> merged;
    for (const ReadCue& cue : cues) {
      if (!merged.empty() && merged.back().text == cue.text) {
        EXPECT_EQ(merged.back().end_ms, cue.start_ms);
        merged.back().end_ms = cue.end_ms;
      } else {
        merged.push_back(cue);
      }
    }
    EXPECT_EQ(merged, meant(talk(), {}));
  }
}

TEST_F(SubtitleReadback, LyricsHaveTheSameTextAndStarts) {
  const auto cues = read("talk.lrc", core::to_lrc(talk()));
  std::vector<core::Segment> wanted = talk().segments;
  std::erase_if(wanted, [](const core::Segment& segment) { return segment.text == "  "; });
  ASSERT_EQ(cues.size(), wanted.size());
  for (std::size_t i = 0; i < cues.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(cues[i].start_ms), wanted[i].start_s * 1000, 5);
    // A table's line is the same text on one line.
    const std::string row = core::to_tsv({"", 0, {wanted[i]}});
    EXPECT_EQ(cues[i].text, row.substr(row.rfind('\t') + 1));
  }
}

TEST_F(SubtitleReadback, TenHoursAreAllThere) {
  Transcript transcript;
  for (int i = 0; i < 7200; ++i) {
    core::Segment& segment = transcript.segments.emplace_back();
    segment.start_s = 5.0 * i;
    segment.end_s = 5.0 * i + 4.999;
    // Numbers alone are what SubRip counts its cues with.
    segment.text = i % 3 == 0 ? std::to_string(i) : "Number\n" + std::to_string(i);
  }
  const auto wanted = meant(transcript, {});
  EXPECT_EQ(read("long.srt", core::to_srt(transcript)), wanted);
  EXPECT_EQ(read("long.vtt", core::to_vtt(transcript)), wanted);
}

TEST_F(SubtitleReadback, FfmpegMakesOneOfTheOther) {
  Transcript transcript = talk();
  transcript.segments[2].text = "Q&A: is 1 < 2 &amp; 3?";
  const std::string vtt = folder_.write("talk.vtt", core::to_vtt(transcript));
  // It ends lines within a cue as DOS does.
  EXPECT_EQ(replaced(bytes_of(folder_.ffmpeg("-i '" + vtt + "'", "made.srt")), "\r", ""),
            core::to_srt(transcript));
}

}  // namespace
}  // namespace transcribed::tests
