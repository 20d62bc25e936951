// What is wrong with a configuration, collected so that all of it can be told at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace transcribed::daemon {

struct Problems {
  std::vector<std::string> errors;  // whole sentences
  std::vector<std::string> warnings;

  // "KEY (WHERE) COMPLAINT." where `where` is "FILE:LINE", "flag --x" or "variable X".
  void refuse(std::string_view key, std::string_view where, std::string_view complaint) {
    errors.push_back(sentence(key, where, complaint));
  }
  void warn(std::string_view key, std::string_view where, std::string_view complaint) {
    warnings.push_back(sentence(key, where, complaint));
  }

 private:
  static std::string sentence(std::string_view key, std::string_view where,
                              std::string_view complaint) {
    std::string text(key);
    if (!where.empty()) text.append(" (").append(where).append(")");
    text.append(" ").append(complaint);
    if (!text.ends_with('?')) text += '.';
    return text;
  }
};

}  // namespace transcribed::daemon
