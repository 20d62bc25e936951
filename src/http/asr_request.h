// The query of whisper-asr-webservice's POST /asr, as Bazarr, speakr and others send it. Pure.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "core/job.h"
#include "http/errors.h"
#include "http/transcript_format.h"

namespace transcribed::http {

struct AsrRequest {
  core::TranscribeOptions options;
  TranscriptFormat output = TranscriptFormat::txt;
  // encode=false: the recording is headerless signed 16-bit little-endian 16 kHz mono PCM.
  bool is_raw_pcm = false;
};

// Parameters of features that this server does not have (vad_filter, diarize, ...) are ignored, as
// are unknown ones: the clients send them to every server of this kind.
tl::expected<AsrRequest, ApiError> read_asr_request(std::string_view query);

// What makes raw PCM as above a WAV file whose length nobody has said: 44 bytes.
std::string wav_header_for_raw_pcm();

}  // namespace transcribed::http
