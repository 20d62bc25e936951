#include "media/recording_format.h"

#include <algorithm>
#include <array>

namespace transcribed::media {
namespace {

// The first name of each format.
constexpr auto names = std::to_array<std::string_view>({
    "aa",         "aac",      "aax",   "ac3",    "act",      "adx",   "aiff",    "alaw",
    "amr",        "amrnb",    "amrwb", "ape",    "apm",      "aptx",  "aptx_hd", "asf",
    "asf_o",      "ast",      "au",    "avi",    "bfstm",    "bit",   "brstm",   "caf",
    "codec2",     "daud",     "dhav",  "dsf",    "dss",      "dts",   "dtshd",   "dv",
    "dxa",        "eac3",     "epaf",  "flac",   "flv",      "g722",  "g723_1",  "g726",
    "g729",       "gsm",      "gxf",   "iff",    "ilbc",     "ircam", "ivf",     "iv8",
    "kux",        "live_flv", "loas",  "lxf",    "matroska", "mlp",   "mov",     "mp3",
    "mpc",        "mpc8",     "mpeg",  "mpegts", "mtv",      "mulaw", "mv",      "mxf",
    "nistsphere", "nsv",      "nut",   "nuv",    "ogg",      "oma",   "paf",     "pva",
    "pvf",        "qcp",      "rm",    "rso",    "s337m",    "sbc",   "sdr2",    "sds",
    "sdx",        "shn",      "siff",  "sln",    "smjpeg",   "sox",   "spdif",   "svag",
    "tak",        "truehd",   "tta",   "ty",     "voc",      "vqf",   "w64",     "wav",
    "wsd",        "wtv",      "wv",    "wve",    "xa",       "xwma",
});

}  // namespace

bool is_recording_format(std::string_view format) {
  const std::string_view first = format.substr(0, format.find(','));
  return std::find(names.begin(), names.end(), first) != names.end();
}

}  // namespace transcribed::media
