// The name of a recording as somebody else gave it, fit for being shown. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace transcribed::wire {

// A file name as a client sent it: no folders, no control characters, valid UTF-8, at most 255
// bytes. May be empty.
std::string display_name(std::string_view file_name);

// What a download is called: by its Content-Disposition (empty or malformed: none), else by the
// last segment of the URL's path, which is percent-encoded. May be empty.
std::string download_name(std::string_view disposition, std::string_view url_path);

}  // namespace transcribed::wire
