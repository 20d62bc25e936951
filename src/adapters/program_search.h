// Which file a program's name stands for.
#pragma once

#include <string>
#include <string_view>

namespace transcribed::adapters {

struct FoundProgram {
  std::string program;         // its path; empty: there is none that can be run
  std::string not_executable;  // the first file of that name that cannot be run, if any
};

// As execvp(3): a name with a slash is a path, any other is looked for in the folders of `path`,
// which are separated by colons. Reads the file system; any thread.
FoundProgram find_program(std::string_view name, std::string_view path);

}  // namespace transcribed::adapters
