// A ports::LaunchSpec as the keeper's Launch request.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "ports/process_launcher.h"
#include "wire/keeper_protocol.h"

namespace transcribed::adapters {

struct LaunchPacket {
  wire::keeper::Request request{};
  std::string strings;
};

// Makes packets from specs and the environment this process had when it was made. Loop thread.
class LaunchPacker {
 public:
  // Variables in `withheld` (names) are kept from every launched program.
  explicit LaunchPacker(std::span<const std::string> withheld);

  // `extra`: further NAME=value lines, over all others. An error is a sentence's end that fits
  // after "cannot start NAME: ".
  tl::expected<LaunchPacket, std::string> pack(const ports::LaunchSpec& spec,
                                               const std::string& working_folder,
                                               std::span<const std::string> extra) const;

 private:
  std::vector<std::string> inherited_;
};

}  // namespace transcribed::adapters
