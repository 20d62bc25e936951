// The files of completions/, as they were when this was built.
#pragma once

#include <string_view>

namespace transcribed::client {

// By the file's name, such as "transcribe.bash"; nullptr for none.
const char* completion_script(std::string_view name);

}  // namespace transcribed::client
