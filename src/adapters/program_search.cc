#include "adapters/program_search.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace transcribed::adapters {
namespace {

// True when the search ends with it.
bool look_at(std::string candidate, FoundProgram& found) {
  struct stat info {};
  if (::stat(candidate.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  if (::access(candidate.c_str(), X_OK) == 0) {
    found.program = std::move(candidate);
    return true;
  }
  if (found.not_executable.empty()) found.not_executable = std::move(candidate);
  return false;
}

}  // namespace

FoundProgram find_program(std::string_view name, std::string_view path) {
  FoundProgram found;
  if (name.find('/') != std::string_view::npos) {
    look_at(std::string(name), found);
    return found;
  }
  for (;;) {
    const auto colon = path.find(':');
    std::string candidate(path.substr(0, colon));
    if (candidate.empty()) candidate = ".";  // as execvp(3) reads an empty entry
    candidate += '/';
    candidate += name;
    if (look_at(std::move(candidate), found) || colon == std::string_view::npos) return found;
    path.remove_prefix(colon + 1);
  }
}

}  // namespace transcribed::adapters
