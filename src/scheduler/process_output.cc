#include "scheduler/process_output.h"

#include "wire/utf8.h"

namespace transcribed::scheduler {

std::string OutputTail::as_sentence() const {
  std::string_view kept = text_;
  if (kept.size() > keep_) kept.remove_prefix(kept.size() - keep_);
  std::string out;
  for (char c : wire::to_valid_utf8(kept)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (!control) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace transcribed::scheduler
