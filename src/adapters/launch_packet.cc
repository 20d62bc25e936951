#include "adapters/launch_packet.h"

#include <algorithm>
#include <cstdint>

#include <unistd.h>

#include <fmt/format.h>

namespace transcribed::adapters {
namespace {

constexpr std::string_view result_placeholder = "{result_file}";

std::string_view name_of(std::string_view line) { return line.substr(0, line.find('=')); }

bool defines(std::span<const std::string> lines, std::string_view name) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return name_of(line) == name; });
}

// NUL ends a string in the packet, so it must not stand inside one.
bool append(std::string& out, std::string_view text) {
  out.append(text);
  out.push_back('\0');
  return text.find('\0') == std::string_view::npos;
}

std::string with_result_path(std::string word, const std::string& path) {
  for (std::size_t at = 0; (at = word.find(result_placeholder, at)) != std::string::npos;
       at += path.size()) {
    word.replace(at, result_placeholder.size(), path);
  }
  return word;
}

}  // namespace

LaunchPacker::LaunchPacker(std::span<const std::string> withheld) {
  for (char** line = ::environ; line != nullptr && *line != nullptr; ++line) {
    if (!defines(withheld, name_of(*line))) inherited_.emplace_back(*line);
  }
}

tl::expected<LaunchPacket, std::string> LaunchPacker::pack(
    const ports::LaunchSpec& spec, const std::string& working_folder,
    std::span<const std::string> extra) const {
  LaunchPacket packet;
  std::string& out = packet.strings;
  bool clean = append(out, working_folder);

  if (spec.argv.empty()) return tl::unexpected(std::string("no program is named"));
  const std::string result_path = working_folder + "/" + spec.result_file;
  for (const std::string& word : spec.argv) {
    clean &= append(out, spec.result_file.empty() ? word : with_result_path(word, result_path));
  }

  std::size_t lines = 0;
  const auto add_line = [&](std::string_view line) {
    clean &= append(out, line);
    ++lines;
  };
  const std::span<const std::string> added = spec.environment;
  for (const std::string& line : inherited_) {
    if (!defines(added, name_of(line)) && !defines(extra, name_of(line))) add_line(line);
  }
  for (std::size_t i = 0; i < added.size(); ++i) {
    const std::string_view name = name_of(added[i]);
    if (!defines(added.subspan(i + 1), name) && !defines(extra, name)) add_line(added[i]);
  }
  for (const std::string& line : extra) add_line(line);

  if (!clean) return tl::unexpected(std::string("an argument or variable holds a NUL character"));
  if (out.size() > wire::keeper::bytes_max) {
    return tl::unexpected(
        fmt::format("its arguments and environment take {} bytes, the limit is {}", out.size(),
                    wire::keeper::bytes_max));
  }
  packet.request = {
      .kind = wire::keeper::RequestKind::launch,
      .has_stdin = spec.standard_input ? 1U : 0U,
      .strings_in_memfd = out.size() > wire::keeper::inline_bytes_max ||
                                  spec.argv.size() + lines > wire::keeper::inline_strings_max
                              ? 1U
                              : 0U,
      .argc = static_cast<std::uint32_t>(spec.argv.size()),
      .envc = static_cast<std::uint32_t>(lines),
      .string_bytes = static_cast<std::uint32_t>(out.size()),
      .grace_ms = 0,
  };
  return packet;
}

}  // namespace transcribed::adapters
