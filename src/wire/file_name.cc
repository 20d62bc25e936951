#include "wire/file_name.h"

#include <optional>

#include "wire/header_parameters.h"
#include "wire/utf8.h"

namespace transcribed::wire {
namespace {

constexpr std::size_t longest_name = 255;

// "." and ".." name a folder, whoever says so.
std::string shown(std::string_view name) {
  std::string out = display_name(name);
  if (out == "." || out == "..") out.clear();
  return out;
}

std::string name_in(std::string_view disposition) {
  const std::optional<ParameterisedValue> parsed = parse_parameterised(disposition);
  if (!parsed) return {};
  if (const std::string* extended = parsed->find("filename*")) {
    if (const auto decoded = decode_extended(*extended)) return shown(*decoded);
  }
  const std::string* plain = parsed->find("filename");
  return plain == nullptr ? std::string() : shown(*plain);
}

}  // namespace

std::string display_name(std::string_view file_name) {
  if (const auto slash = file_name.find_last_of("/\\"); slash != std::string_view::npos) {
    file_name.remove_prefix(slash + 1);
  }
  std::string name = to_valid_utf8(file_name);
  std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (name.size() > longest_name) {
    std::size_t cut = longest_name;
    while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0U) == 0x80U) --cut;
    name.resize(cut);
  }
  return name;
}

std::string download_name(std::string_view disposition, std::string_view url_path) {
  if (std::string name = name_in(disposition); !name.empty()) return name;
  const std::string_view segment = url_path.substr(url_path.find_last_of('/') + 1);
  return shown(decode_percent(segment).value_or(std::string(segment)));
}

}  // namespace transcribed::wire
