// The media reader on real files, made with the ffmpeg program.
#include "media/audio_reader.h"

#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/made_recordings.h"

namespace transcribed::media {
namespace {

using core::FailureKind;
using ::testing::HasSubstr;
using tests::bytes_of;
using tests::RecordingFolder;

struct Sound {
  std::vector<float> samples;
  std::optional<core::Failure> failure;

  double seconds() const { return static_cast<double>(samples.size()) / sample_rate; }
  // Root mean square between two times.
  double loudness(double from_s, double to_s) const {
    double sum = 0;
    const auto from = static_cast<std::size_t>(from_s * sample_rate);
    const auto to = std::min(samples.size(), static_cast<std::size_t>(to_s * sample_rate));
    for (std::size_t i = from; i < to; ++i) sum += static_cast<double>(samples[i]) * samples[i];
    return from < to ? std::sqrt(sum / static_cast<double>(to - from)) : 0;
  }
};

Sound sound_of(const std::string& path) {
  Sound sound;
  auto reader = AudioReader::open(path);
  if (!reader) {
    sound.failure = reader.error();
    return sound;
  }
  std::vector<float> block(1000);
  while (true) {
    const auto count = reader->read(block);
    if (!count) {
      sound.failure = count.error();
      return sound;
    }
    sound.samples.insert(sound.samples.end(), block.begin(),
                         block.begin() + static_cast<std::ptrdiff_t>(*count));
    if (*count < block.size()) break;
  }
  EXPECT_DOUBLE_EQ(reader->position_s(), sound.seconds());
  return sound;
}

std::string sine(double seconds, int rate = 44100) {
  return "-f lavfi -i sine=frequency=440:sample_rate=" + std::to_string(rate) +
         ":duration=" + std::to_string(seconds);
}

class AudioReaderTest : public ::testing::Test {
 protected:
  void expect_bad_media(const std::string& path, const std::string& why) {
    const Sound sound = sound_of(path);
    ASSERT_TRUE(sound.failure) << path;
    EXPECT_EQ(sound.failure->kind, FailureKind::bad_media);
    EXPECT_THAT(sound.failure->message, HasSubstr(why));
  }

  RecordingFolder folder_;
};

TEST_F(AudioReaderTest, SixteenKilohertzMonoComesOutAsItIs) {
  const std::string wav = folder_.ffmpeg(sine(1, 16000) + " -c:a pcm_s16le", "a.wav");
  const std::string raw = folder_.ffmpeg("-i '" + wav + "' -f s16le", "a.raw");
  const std::string bytes = bytes_of(raw);
  const Sound sound = sound_of(wav);
  ASSERT_EQ(sound.samples.size(), 16000u);
  for (std::size_t i = 0; i < sound.samples.size(); ++i) {
    const int expected = static_cast<unsigned char>(bytes[2 * i]) |
                         (static_cast<signed char>(bytes[2 * i + 1]) * 256);
    ASSERT_EQ(static_cast<int>(sound.samples[i] * 32768.0F), expected) << i;
  }
}

struct Format {
  const char* name;
  const char* options;
};
class AnyFormat : public AudioReaderTest, public ::testing::WithParamInterface<Format> {};

TEST_P(AnyFormat, GivesTheSameSound) {
  const std::string path =
      folder_.ffmpeg(sine(3) + " " + GetParam().options, "a." + std::string(GetParam().name));
  auto reader = AudioReader::open(path);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_NEAR(reader->duration_s().value_or(3), 3, 0.25);
  const Sound sound = sound_of(path);
  ASSERT_FALSE(sound.failure) << sound.failure->message;
  EXPECT_NEAR(sound.seconds(), 3, 0.15);
  EXPECT_NEAR(sound.loudness(0.2, 2.8), 0.0884, 0.02);
}

INSTANTIATE_TEST_SUITE_P(
    Each, AnyFormat,
    ::testing::Values(Format{"mp3", ""}, Format{"m4a", ""}, Format{"ogg", "-c:a libvorbis"},
                      Format{"opus", ""}, Format{"flac", ""}, Format{"aac", ""}, Format{"aiff", ""},
                      Format{"wma", ""}, Format{"webm", "-c:a libopus"}, Format{"w64", ""},
                      Format{"au", ""}, Format{"caf", ""}, Format{"ts", "-c:a mp2"},
                      Format{"wav", "-c:a pcm_f32le -ar 96000 -af 'pan=stereo|c0=c0|c1=c0'"},
                      Format{"mka",
                             "-c:a pcm_s24le -af 'pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0'"},
                      Format{"mp4", "-f lavfi -i testsrc=d=3:s=64x64 -map 1:v -map 0:a -shortest"},
                      Format{"mkv", "-f lavfi -i testsrc=d=3:s=64x64 -map 1:v -map 0:a -c:a aac"},
                      Format{"avi", "-f lavfi -i testsrc=d=3:s=64x64 -map 1:v -map 0:a -c:a mp3"}),
    [](const auto& format) { return std::string(format.param.name); });

TEST_F(AudioReaderTest, WhatIsNoRecordingIsToldApart) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "Minutes of the meeting, item " + std::to_string(i) + "\n";
  expect_bad_media(folder_.write("text.mp3", text), "not a recording");
  expect_bad_media(folder_.write("text.txt", text), "not a recording");
  expect_bad_media(folder_.write("text.wav", text), "not a recording");
  expect_bad_media(folder_.write("text.m4a", text), "not a recording");
  expect_bad_media(folder_.write("text", text), "not a recording");
  expect_bad_media(folder_.write("short.mp3", "hello"), "not a recording");
  expect_bad_media(folder_.write("titles.srt", "1\n00:00:01,000 --> 00:00:02,000\nHello\n"),
                   "not a recording");
  expect_bad_media(folder_.ffmpeg("-f lavfi -i testsrc=d=1:s=64x64 -frames:v 1", "picture.png"),
                   "not a recording");
}

TEST_F(AudioReaderTest, AVideoWithoutSoundHasNoAudio) {
  expect_bad_media(folder_.ffmpeg("-f lavfi -i testsrc=d=1:s=64x64", "silent.mp4"), "has no audio");
}

TEST_F(AudioReaderTest, FilesThatCannotBeRead) {
  expect_bad_media(folder_.path("missing.wav"), "No such file");
  expect_bad_media(folder_.path("."), "not a regular file");
  expect_bad_media(folder_.write("empty.wav", ""), "empty");
  ASSERT_EQ(::mkfifo(folder_.path("pipe.wav").c_str(), 0600), 0);
  expect_bad_media(folder_.path("pipe.wav"), "not a regular file");
  expect_bad_media("/dev/zero", "not a regular file");
}

TEST_F(AudioReaderTest, ZeroSecondsOfAudioIsItsOwnError) {
  const std::string path = folder_.ffmpeg(sine(1) + " -af atrim=end_sample=0", "zero.wav");
  expect_bad_media(path, "0 seconds of audio");
}

TEST_F(AudioReaderTest, APlaylistReachesNothing) {
  const std::string wav = folder_.ffmpeg(sine(1), "secret.wav");
  const std::string aac = folder_.ffmpeg(sine(1) + " -f mpegts -c:a aac", "secret.ts");
  for (const std::string name : {"list.m3u8", "list.mp3", "list.wav", "list"}) {
    expect_bad_media(folder_.write(name, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + aac +
                                             "\n#EXT-X-ENDLIST\n"),
                     "not a recording");
    expect_bad_media(folder_.write(name, "ffconcat version 1.0\nfile '" + wav + "'\n"),
                     "not a recording");
  }
  expect_bad_media(folder_.write("call.sdp",
                                 "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
                                 "m=audio 9 RTP/AVP 0\n"),
                   "not a recording");
}

TEST_F(AudioReaderTest, ATruncatedFileGivesWhatIsThere) {
  for (const auto& [name, options] : {std::pair("a.wav", ""),
                                      {"a.mp3", ""},
                                      {"a.flac", ""},
                                      {"a.mp4", "-movflags +faststart"},
                                      {"a.mkv", ""},
                                      {"a.ogg", "-c:a libvorbis"}}) {
    const std::string bytes = bytes_of(folder_.ffmpeg(sine(8) + " " + options, name));
    const Sound sound =
        sound_of(folder_.write("cut-" + std::string(name), bytes.substr(0, bytes.size() / 2)));
    ASSERT_FALSE(sound.failure) << name << ": " << sound.failure->message;
    EXPECT_GT(sound.seconds(), 2) << name;
    EXPECT_LT(sound.seconds(), 6) << name;
    EXPECT_GT(sound.loudness(0.2, sound.seconds()), 0.05) << name;
  }
}

TEST_F(AudioReaderTest, AnMp4WithoutItsIndexIsAnError) {
  const std::string bytes = bytes_of(folder_.ffmpeg(sine(8), "a.mp4"));
  expect_bad_media(folder_.write("cut.mp4", bytes.substr(0, bytes.size() / 2)), "not a recording");
}

TEST_F(AudioReaderTest, ADamagedMiddleIsSkipped) {
  for (const std::string name : {"a.mp3", "a.flac", "a.mkv", "a.ogg", "a.aac", "a.m4a"}) {
    std::string bytes = bytes_of(folder_.ffmpeg(sine(12), name));
    for (std::size_t i = bytes.size() * 5 / 12; i < bytes.size() * 6 / 12; ++i) {
      bytes[i] = static_cast<char>(i * 7919 >> 3);
    }
    const Sound sound = sound_of(folder_.write("damaged-" + name, bytes));
    ASSERT_FALSE(sound.failure) << name << ": " << sound.failure->message;
    EXPECT_NEAR(sound.seconds(), 12, 2) << name;
    EXPECT_GT(sound.loudness(9, 11), 0.05) << name;
  }
}

TEST_F(AudioReaderTest, TheSampleRateMayChangeMidstream) {
  const std::string one =
      bytes_of(folder_.ffmpeg(sine(2) + " -write_xing 0 -id3v2_version 0", "1.mp3"));
  const std::string two =
      bytes_of(folder_.ffmpeg(sine(3, 22050) + " -ac 2 -write_xing 0 -id3v2_version 0", "2.mp3"));
  const Sound sound = sound_of(folder_.write("both.mp3", one + two));
  ASSERT_FALSE(sound.failure);
  EXPECT_NEAR(sound.seconds(), 5, 0.3);
  EXPECT_GT(sound.loudness(3, 4.5), 0.05);
}

TEST_F(AudioReaderTest, SoundThatStartsLaterThanTheVideoStaysInStep) {
  const Sound sound = sound_of(folder_.ffmpeg(
      "-f lavfi -i testsrc=d=5:s=64x64 -itsoffset 2 " + sine(3) + " -map 0:v -map 1:a -c:a aac",
      "a.mkv"));
  ASSERT_FALSE(sound.failure);
  EXPECT_NEAR(sound.seconds(), 5, 0.2);
  EXPECT_LT(sound.loudness(0, 1.8), 0.001);
  EXPECT_GT(sound.loudness(2.2, 4.8), 0.05);
}

TEST_F(AudioReaderTest, AGapIsSilence) {
  const Sound sound = sound_of(
      folder_.ffmpeg(sine(10) + " -af \"aselect='not(between(t,3,6))'\" -c:a pcm_s16le", "a.mkv"));
  ASSERT_FALSE(sound.failure);
  EXPECT_NEAR(sound.seconds(), 10, 0.2);
  EXPECT_GT(sound.loudness(0.5, 2.5), 0.05);
  EXPECT_LT(sound.loudness(3.2, 5.8), 0.001);
  EXPECT_GT(sound.loudness(6.5, 9.5), 0.05);
}

TEST_F(AudioReaderTest, AClockThatJumpsForAgesDoesNotBecomeAgesOfSilence) {
  const Sound sound = sound_of(folder_.ffmpeg(
      sine(4) + " -af \"asetpts='PTS+if(gt(T,2),90000000,0)/TB'\" -c:a pcm_s16le", "a.mkv"));
  ASSERT_FALSE(sound.failure);
  EXPECT_NEAR(sound.seconds(), 4, 0.3);
}

TEST_F(AudioReaderTest, AStartBeforeZeroMovesNothing) {
  const Sound sound = sound_of(folder_.ffmpeg(
      sine(3) + " -output_ts_offset -1 -avoid_negative_ts disabled -c:a pcm_s16le", "a.mkv"));
  ASSERT_FALSE(sound.failure);
  EXPECT_NEAR(sound.seconds(), 3, 0.1);
}

TEST_F(AudioReaderTest, ALiveRecordingHasNoDuration) {
  const std::string bytes_path = folder_.path("live.mkv");
  folder_.ffmpeg(sine(3) + " -live 1 -f matroska", "live.mkv");
  auto reader = AudioReader::open(bytes_path);
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->duration_s());
  EXPECT_NEAR(sound_of(bytes_path).seconds(), 3, 0.1);
}

TEST_F(AudioReaderTest, NumbersThatAreNoneAndOverdriveAreTamed) {
  std::string wav = bytes_of(folder_.ffmpeg(sine(1, 16000) + " -c:a pcm_f32le", "a.wav"));
  const std::string not_a_number("\x00\x00\xC0\x7F", 4);
  const std::string huge("\x00\x00\x80\x7E", 4);
  for (std::size_t at = wav.size() - 8000; at + 8 <= wav.size(); at += 8) {
    wav.replace(at, 4, not_a_number);
    wav.replace(at + 4, 4, huge);
  }
  const Sound sound = sound_of(folder_.write("wild.wav", wav));
  ASSERT_FALSE(sound.failure);
  for (const float sample : sound.samples) ASSERT_TRUE(std::abs(sample) <= 1.0F);
}

TEST_F(AudioReaderTest, LoudChannelsAreMixedWithoutBeingCutOff) {
  const std::string loud = "volume=7,";  // of FFmpeg's sine, which has an eighth of full scale
  const std::string mono = folder_.ffmpeg(sine(1, 16000) + " -af volume=7", "mono.wav");
  const std::string same = "=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0|c6=c0|c7=c0";
  const Sound wanted = sound_of(mono);
  for (const std::string& channels :
       {std::string("stereo|c0=c0|c1=c0"), "7.1|c0" + same, "8c|c0" + same}) {
    const Sound sound = sound_of(
        folder_.ffmpeg(sine(1, 16000) + " -af '" + loud + "pan=" + channels + "'", "many.wav"));
    ASSERT_EQ(sound.samples.size(), wanted.samples.size()) << channels;
    for (std::size_t i = 0; i < wanted.samples.size(); ++i) {
      ASSERT_NEAR(sound.samples[i], wanted.samples[i], 0.001) << channels << ", sample " << i;
    }
  }
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
constexpr bool sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool sanitized = false;
#endif

long peak_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}

TEST_F(AudioReaderTest, AnHourNeedsNoMoreMemoryThanASecond) {
  if (sanitized) GTEST_SKIP() << "sanitizers keep freed memory";
  const std::string hour = folder_.ffmpeg(sine(3600, 16000) + " -b:a 16k", "hour.mp3");
  const std::string video = folder_.ffmpeg(
      "-f lavfi -i color=s=16x16:r=1:d=3600 " + sine(3600, 8000) + " -c:a adpcm_ima_wav",
      "hour.mkv");
  ASSERT_GT(sound_of(folder_.ffmpeg(sine(1), "second.mp3")).seconds(), 0.9);
  for (const std::string& path : {hour, video}) {
    const long before = peak_kb();
    auto reader = AudioReader::open(path);
    ASSERT_TRUE(reader);
    std::vector<float> block(16000);
    while (true) {
      const auto count = reader->read(block);
      ASSERT_TRUE(count);
      if (*count < block.size()) break;
    }
    EXPECT_NEAR(reader->position_s(), 3600, 2);
    EXPECT_LT(peak_kb() - before, 30 * 1024);
    RecordProperty(std::filesystem::path(path).extension().string() + "_growth_kb",
                   std::to_string(peak_kb() - before));
  }
}

}  // namespace
}  // namespace transcribed::media
