#include "core/pci_address.h"

#include <algorithm>

namespace transcribed::core {
namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

}  // namespace

std::string normal_pci_address(std::string_view text) {
  constexpr std::string_view after_domain = ":01:00.0";
  constexpr std::size_t shortest_domain = 4;
  constexpr std::size_t longest_domain = 8;
  if (text.size() < shortest_domain + after_domain.size() ||
      text.size() > longest_domain + after_domain.size()) {
    return {};
  }
  std::string_view domain = text.substr(0, text.size() - after_domain.size());
  const std::string_view rest = text.substr(domain.size());
  const bool punctuated = rest[0] == ':' && rest[3] == ':' && rest[6] == '.';
  const bool digits = is_hex(domain) && is_hex(rest.substr(1, 2)) && is_hex(rest.substr(4, 2)) &&
                      is_hex(rest.substr(7));
  if (!punctuated || !digits) return {};
  while (domain.size() > shortest_domain && domain.front() == '0') domain.remove_prefix(1);
  std::string out(domain);
  out += rest;
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

}  // namespace transcribed::core
