// Which of FFmpeg's formats a recording may have.
#pragma once

#include <string_view>

namespace transcribed::media {

// `format` as FFmpeg names it; several names with commas between ("mov,mp4,m4a,3gp,3g2,mj2").
// Not among them: formats that make FFmpeg open what they list (playlists, concat scripts,
// manifests), pictures, subtitles, and everything that is text.
bool is_recording_format(std::string_view format);

}  // namespace transcribed::media
