#include "media/resampler.h"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavutil/opt.h>
}

#include "media/audio_reader.h"

namespace transcribed::media {
namespace {

// Below this a "rate" is a damaged header, and one frame would become megabytes of samples.
constexpr int least_rate = 1000;

}  // namespace

bool Resampler::fits(const AVFrame& frame) const {
  return swr_ != nullptr && frame.sample_rate == rate_ && frame.format == format_ &&
         av_channel_layout_compare(&frame.ch_layout, &layout_) == 0;
}

bool Resampler::prepare(const AVFrame& frame) {
  swr_.reset();
  rate_ = frame.sample_rate;
  format_ = frame.format;
  if (av_channel_layout_copy(&layout_, &frame.ch_layout) < 0) return false;
  // A file that does not say which channel is which has them in the usual order.
  AVChannelLayout from{};
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&from, frame.ch_layout.nb_channels);
  } else if (av_channel_layout_copy(&from, &frame.ch_layout) < 0) {
    return false;
  }
  AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
  SwrContext* made = nullptr;
  const int result = swr_alloc_set_opts2(&made, &mono, AV_SAMPLE_FMT_FLT, sample_rate, &from,
                                         static_cast<AVSampleFormat>(format_), rate_, 0, nullptr);
  swr_.reset(made);
  av_channel_layout_uninit(&from);
  // To float, FFmpeg would add channels up beyond full scale: loud stereo would be cut off at it.
  if (result < 0 || av_opt_set_double(swr_.get(), "rematrix_maxval", 1.0, 0) < 0 ||
      swr_init(swr_.get()) < 0) {
    swr_.reset();
    return false;
  }
  return true;
}

bool Resampler::convert(const AVFrame* frame, std::vector<float>& out) {
  const int in_count = frame == nullptr ? 0 : frame->nb_samples;
  const int room = swr_get_out_samples(swr_.get(), in_count);
  if (room < 0) return false;
  const std::size_t before = out.size();
  out.resize(before + static_cast<std::size_t>(room));
  auto* into = reinterpret_cast<std::uint8_t*>(out.data() + before);
  auto** from = frame == nullptr ? nullptr : const_cast<const std::uint8_t**>(frame->extended_data);
  const int count = swr_convert(swr_.get(), &into, room, from, in_count);
  out.resize(before + static_cast<std::size_t>(std::max(0, count)));
  // Float files may hold anything, and one NaN silences an engine for good.
  for (std::size_t i = before; i < out.size(); ++i) {
    out[i] = std::isfinite(out[i]) ? std::clamp(out[i], -1.0F, 1.0F) : 0.0F;
  }
  return count >= 0;
}

bool Resampler::append(const AVFrame& frame, std::vector<float>& out) {
  if (frame.sample_rate < least_rate || frame.ch_layout.nb_channels <= 0 || frame.nb_samples <= 0) {
    return false;
  }
  if (!fits(frame)) {
    append_rest(out);
    if (!prepare(frame)) return false;
  }
  return convert(&frame, out);
}

void Resampler::append_rest(std::vector<float>& out) {
  if (swr_ != nullptr) convert(nullptr, out);
}

}  // namespace transcribed::media
