// FFmpeg's objects with owners.
#pragma once

#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswresample/swresample.h>
}

namespace transcribed::media {

struct FreeFfmpeg {
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(SwrContext* p) const { swr_free(&p); }
};
using FormatContext = std::unique_ptr<AVFormatContext, FreeFfmpeg>;
using CodecContext = std::unique_ptr<AVCodecContext, FreeFfmpeg>;
using Packet = std::unique_ptr<AVPacket, FreeFfmpeg>;
using Frame = std::unique_ptr<AVFrame, FreeFfmpeg>;
using Resampling = std::unique_ptr<SwrContext, FreeFfmpeg>;

inline std::string ffmpeg_message(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

}  // namespace transcribed::media
