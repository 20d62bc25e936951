#include "media/audio_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "media/ffmpeg_handles.h"
#include "media/input_file.h"
#include "media/recording_format.h"
#include "media/resampler.h"

namespace transcribed::media {
namespace {

using core::Failure;
using core::FailureKind;

// A jump of the recording's clock shorter than this is a rounding of its container.
constexpr double least_gap_s = 0.2;
// Silence put in for gaps, in all. More is a broken clock, not a pause.
constexpr double most_silence_s = 6.0 * 3600;
// Demuxers can fail on the same bytes for ever.
constexpr int most_read_errors_in_a_row = 16;
// No single buffer FFmpeg asks for may be larger; a hostile header can ask for anything.
constexpr std::size_t most_bytes_at_once = 256U << 20;

Failure bad_media(std::string message) { return {FailureKind::bad_media, std::move(message)}; }

Failure unreadable(int error) {
  if (error == AVERROR(ENOMEM))
    return {FailureKind::out_of_memory, "no memory to open the recording"};
  return bad_media("not a recording that FFmpeg can read: " + ffmpeg_message(error));
}

Failure disk_failed(int error) {
  return {FailureKind::internal, "cannot read the recording: " + ffmpeg_message(AVERROR(error))};
}

int open_nothing(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

void quieten_ffmpeg() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_level(AV_LOG_ERROR);
    av_log_set_flags(AV_LOG_SKIP_REPEATED);
    av_max_alloc(most_bytes_at_once);
  });
}

void read_only(AVFormatContext& format, int wanted) {
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    format.streams[i]->discard = static_cast<int>(i) == wanted ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

}  // namespace

class AudioReader::Decoding {
 public:
  static tl::expected<std::unique_ptr<Decoding>, Failure> open(const std::string& path);

  std::optional<double> duration_s() const;
  tl::expected<std::size_t, Failure> read(std::span<float> samples);
  double position_s() const { return static_cast<double>(handed_out_) / sample_rate; }

 private:
  std::optional<Failure> open_format(const std::string& path);
  std::optional<Failure> open_stream();

  // Brings the next frame's sound into `sound_`, or ends.
  std::optional<Failure> decode_more();
  std::optional<Failure> feed_decoder();
  void take_frame();
  double silence_before(const AVFrame& frame);
  void end();
  void note_damage(const std::string& what);

  // In this order: FFmpeg's objects go before the file they read.
  std::unique_ptr<InputFile> file_;
  FormatContext format_;
  CodecContext codec_;
  Packet packet_;
  Frame frame_;
  Resampler resampler_;
  int stream_ = -1;

  // What was decoded and not yet handed out: first the silence, then the sound.
  std::int64_t silence_ = 0;
  std::vector<float> sound_;
  std::size_t sound_used_ = 0;

  std::int64_t handed_out_ = 0;
  std::optional<double> clock_s_;  // where the next frame should stand
  double silence_left_s_ = most_silence_s;
  int read_errors_ = 0;
  long damaged_ = 0;
  bool input_over_ = false;
  bool over_ = false;
};

std::optional<Failure> AudioReader::Decoding::open_format(const std::string& path) {
  const AVInputFormat* kind = nullptr;
  int error = av_probe_input_buffer2(file_->context(), &kind, path.c_str(), nullptr, 0, 0);
  if (file_->read_error() != 0) return disk_failed(file_->read_error());
  if (error < 0) return unreadable(error);
  if (!is_recording_format(kind->name)) {
    return bad_media(fmt::format("not a recording: its format is {}", kind->name));
  }
  AVFormatContext* format = avformat_alloc_context();
  if (format == nullptr) return unreadable(AVERROR(ENOMEM));
  format->pb = file_->context();
  format->io_open = open_nothing;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  // On an error the context is freed, and `format` becomes null.
  error = avformat_open_input(&format, path.c_str(), kind, &options);
  av_dict_free(&options);
  if (file_->read_error() != 0) {
    format_.reset(format);
    return disk_failed(file_->read_error());
  }
  if (error < 0) return unreadable(error);
  format_.reset(format);
  return std::nullopt;
}

std::optional<Failure> AudioReader::Decoding::open_stream() {
  // With the video still in: where it starts is the recording's time 0. An error here still leaves
  // what was found out; no stream then means no audio below.
  avformat_find_stream_info(format_.get(), nullptr);
  if (file_->read_error() != 0) return disk_failed(file_->read_error());
  const AVCodec* codec = nullptr;
  stream_ = av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, &codec, 0);
  if (stream_ == AVERROR_DECODER_NOT_FOUND) {
    return bad_media("the recording's audio is in a codec that this FFmpeg cannot decode");
  }
  if (stream_ < 0) return bad_media("the recording has no audio");
  read_only(*format_, stream_);

  const AVStream& stream = *format_->streams[stream_];
  codec_.reset(avcodec_alloc_context3(codec));
  packet_.reset(av_packet_alloc());
  frame_.reset(av_frame_alloc());
  if (!codec_ || !packet_ || !frame_) return unreadable(AVERROR(ENOMEM));
  int error = avcodec_parameters_to_context(codec_.get(), stream.codecpar);
  if (error < 0) return unreadable(error);
  codec_->pkt_timebase = stream.time_base;
  codec_->thread_count = 1;
  error = avcodec_open2(codec_.get(), codec, nullptr);
  if (error < 0) return unreadable(error);
  if (format_->start_time != AV_NOPTS_VALUE) {
    clock_s_ = static_cast<double>(format_->start_time) / AV_TIME_BASE;
  }
  return std::nullopt;
}

tl::expected<std::unique_ptr<AudioReader::Decoding>, Failure> AudioReader::Decoding::open(
    const std::string& path) {
  quieten_ffmpeg();
  auto decoding = std::make_unique<Decoding>();
  auto file = InputFile::open(path);
  if (!file) return tl::unexpected(std::move(file.error()));
  decoding->file_ = std::move(*file);
  if (auto failure = decoding->open_format(path)) return tl::unexpected(std::move(*failure));
  if (auto failure = decoding->open_stream()) return tl::unexpected(std::move(*failure));
  return decoding;
}

std::optional<double> AudioReader::Decoding::duration_s() const {
  const std::int64_t duration = format_->duration;
  if (duration == AV_NOPTS_VALUE || duration <= 0) return std::nullopt;
  return static_cast<double>(duration) / AV_TIME_BASE;
}

tl::expected<std::size_t, Failure> AudioReader::Decoding::read(std::span<float> samples) {
  std::size_t filled = 0;
  while (filled < samples.size()) {
    const std::size_t wanted = samples.size() - filled;
    if (silence_ > 0) {
      const auto count = static_cast<std::size_t>(
          std::min<std::int64_t>(silence_, static_cast<std::int64_t>(wanted)));
      std::fill_n(samples.begin() + static_cast<std::ptrdiff_t>(filled), count, 0.0F);
      silence_ -= static_cast<std::int64_t>(count);
      filled += count;
      handed_out_ += static_cast<std::int64_t>(count);
    } else if (sound_used_ < sound_.size()) {
      const std::size_t count = std::min(wanted, sound_.size() - sound_used_);
      std::copy_n(sound_.begin() + static_cast<std::ptrdiff_t>(sound_used_), count,
                  samples.begin() + static_cast<std::ptrdiff_t>(filled));
      sound_used_ += count;
      filled += count;
      handed_out_ += static_cast<std::int64_t>(count);
    } else if (over_) {
      break;
    } else {
      sound_.clear();
      sound_used_ = 0;
      if (auto failure = decode_more()) return tl::unexpected(std::move(*failure));
    }
  }
  if (handed_out_ == 0 && !samples.empty()) {
    return tl::unexpected(bad_media(damaged_ > 0
                                        ? "nothing of the recording's audio could be decoded"
                                        : "the recording holds 0 seconds of audio"));
  }
  return filled;
}

std::optional<Failure> AudioReader::Decoding::decode_more() {
  const int result = avcodec_receive_frame(codec_.get(), frame_.get());
  if (result == 0) {
    take_frame();
    av_frame_unref(frame_.get());
    return std::nullopt;
  }
  if (result == AVERROR(ENOMEM)) return Failure{FailureKind::out_of_memory, "no memory to decode"};
  if (result != AVERROR(EAGAIN) && result != AVERROR_EOF) note_damage(ffmpeg_message(result));
  if (!input_over_) return feed_decoder();
  end();
  return std::nullopt;
}

std::optional<Failure> AudioReader::Decoding::feed_decoder() {
  const int result = av_read_frame(format_.get(), packet_.get());
  if (file_->read_error() != 0) return disk_failed(file_->read_error());
  if (result < 0 && result != AVERROR_EOF) {
    if (result == AVERROR(ENOMEM))
      return Failure{FailureKind::out_of_memory, "no memory to decode"};
    note_damage(ffmpeg_message(result));
    if (++read_errors_ < most_read_errors_in_a_row) return std::nullopt;
  }
  if (result < 0) {
    input_over_ = true;
    avcodec_send_packet(codec_.get(), nullptr);
    return std::nullopt;
  }
  read_errors_ = 0;
  if (packet_->stream_index == stream_) {
    // A packet the decoder refuses is dropped: the next one comes from further on, so this ends.
    const int sent = avcodec_send_packet(codec_.get(), packet_.get());
    if (sent < 0) note_damage(ffmpeg_message(sent));
  }
  av_packet_unref(packet_.get());
  return std::nullopt;
}

// The seconds by which the frame comes later than where the one before ended.
double AudioReader::Decoding::silence_before(const AVFrame& frame) {
  const double length_s =
      frame.sample_rate > 0 ? static_cast<double>(frame.nb_samples) / frame.sample_rate : 0;
  double gap_s = 0;
  if (frame.best_effort_timestamp != AV_NOPTS_VALUE) {
    const double starts_s = static_cast<double>(frame.best_effort_timestamp) *
                            av_q2d(format_->streams[stream_]->time_base);
    if (clock_s_) gap_s = starts_s - *clock_s_;
    clock_s_ = starts_s;
  }
  if (clock_s_) *clock_s_ += length_s;
  // A clock set back, or one gone wild, moves nothing: the sound simply goes on.
  if (gap_s < least_gap_s || gap_s > silence_left_s_) return 0;
  silence_left_s_ -= gap_s;
  return gap_s;
}

void AudioReader::Decoding::take_frame() {
  if (!resampler_.append(*frame_, sound_)) {
    note_damage("a frame that makes no sense");
    return;
  }
  silence_ = static_cast<std::int64_t>(silence_before(*frame_) * sample_rate);
}

void AudioReader::Decoding::end() {
  resampler_.append_rest(sound_);
  over_ = true;
  if (damaged_ > 1) fmt::print(stderr, "WARN: {} damaged places in the recording\n", damaged_);
  const double heard_s = position_s();
  if (const auto said_s = duration_s(); said_s && heard_s < *said_s * 0.9 - 2) {
    fmt::print(stderr, "WARN: the recording ends after {:.1f} s where it promises {:.1f} s\n",
               heard_s, *said_s);
  }
}

void AudioReader::Decoding::note_damage(const std::string& what) {
  if (damaged_++ == 0) {
    fmt::print(stderr, "WARN: the recording is damaged after {:.1f} s ({}); going on\n",
               position_s(), what);
  }
}

AudioReader::AudioReader(std::unique_ptr<Decoding> decoding, std::optional<double> at_most_s)
    : decoding_(std::move(decoding)), at_most_s_(at_most_s) {}
AudioReader::AudioReader(AudioReader&&) noexcept = default;
AudioReader& AudioReader::operator=(AudioReader&&) noexcept = default;
AudioReader::~AudioReader() = default;

tl::expected<AudioReader, Failure> AudioReader::open(const std::string& path,
                                                     std::optional<double> at_most_s) {
  auto decoding = Decoding::open(path);
  if (!decoding) return tl::unexpected(std::move(decoding.error()));
  return AudioReader(std::move(*decoding), at_most_s);
}

std::optional<double> AudioReader::duration_s() const {
  const std::optional<double> whole_s = decoding_->duration_s();
  return whole_s && at_most_s_ ? std::min(*whole_s, *at_most_s_) : whole_s;
}

tl::expected<std::size_t, Failure> AudioReader::read(std::span<float> samples) {
  if (at_most_s_) {
    const double left_s = std::max(0.0, *at_most_s_ - decoding_->position_s());
    const auto left = static_cast<std::size_t>(std::llround(left_s * sample_rate));
    samples = samples.first(std::min(samples.size(), left));
    if (samples.empty()) return std::size_t{0};
  }
  return decoding_->read(samples);
}

double AudioReader::position_s() const { return decoding_->position_s(); }

}  // namespace transcribed::media
