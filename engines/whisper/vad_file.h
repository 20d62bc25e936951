// A voice activity detection model (Silero's, as whisper.cpp converts it to ggml's format), looked
// at before libwhisper is: libwhisper takes the numbers in its head for sizes, and has one shape
// built in.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "core/failure.h"

namespace transcribed::whisper {

// The whole file (less than 1 MB), checked from its first byte to its last. The weights are not:
// any are possible. `path` may be hostile. The failure (internal) is a sentence that says what is
// wrong with the file.
//
// The format, after whisper.cpp's models/convert-silero-vad-to-ggml.py; little-endian, numbers of
// 32 bits: the magic 0x67676d6c; the kind's name with its length before it; the version in three
// numbers; samples of a window and of its context; for each of the encoder's layers, of which the
// number comes first, channels in and out and the kernel's width; the LSTM's width in and hidden;
// the last layer's in and out; then tensors, as in a Whisper model. A single number has no
// dimensions there.
tl::expected<std::string, core::Failure> read_vad_file(const std::string& path);

}  // namespace transcribed::whisper
