// Decoded frames of any rate, layout and sample type to 16 kHz mono float.
#pragma once

#include <vector>

#include "media/ffmpeg_handles.h"

namespace transcribed::media {

// One thread.
class Resampler {
 public:
  ~Resampler() { av_channel_layout_uninit(&layout_); }
  Resampler() = default;
  Resampler(const Resampler&) = delete;
  Resampler& operator=(const Resampler&) = delete;

  // Appends the frame's sound to `out`. A frame of another kind than the one before first gives out
  // what was held back of that. False when the frame makes no sense; `out` is then as it was.
  bool append(const AVFrame& frame, std::vector<float>& out);
  // Appends what is held back, at the end of the recording.
  void append_rest(std::vector<float>& out);

 private:
  bool fits(const AVFrame& frame) const;
  bool prepare(const AVFrame& frame);
  bool convert(const AVFrame* frame, std::vector<float>& out);

  Resampling swr_;
  AVChannelLayout layout_{};
  int rate_ = 0;
  int format_ = AV_SAMPLE_FMT_NONE;
};

}  // namespace transcribed::media
