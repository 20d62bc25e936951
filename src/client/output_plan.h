// Which files one call reads and writes, settled and checked before anything is sent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "client/inputs.h"

namespace transcribed::client {

enum class Format { txt, srt, vtt, tsv, lrc, json, verbose_json };

// The word used by --format and in the API.
std::string_view to_string(Format format);
// How a result's file name ends, as where the server offers it for download: "srt", "verbose.json".
std::string_view file_ending(Format format);
// "txt, srt, ..."
std::string format_list();
// "txt,srt"; a format named twice counts once. The error is a sentence.
tl::expected<std::vector<Format>, std::string> parse_formats(std::string_view list);

enum class Destination {
  beside_input,  // of an address: the current folder; of standard input: standard output
  folder,
  standard_output,
  nowhere,  // --detach
};

struct PlanRequest {
  std::vector<Input> inputs;
  std::vector<Format> formats;
  Destination destination = Destination::beside_input;
  std::filesystem::path folder;  // for Destination::folder; made when it is missing
  bool overwrite = false;
  bool skip_existing = false;   // results that are there are not asked for again
  bool keep_extension = false;  // talk.mp3.txt in place of talk.txt
};

struct PlannedOutput {
  Format format;
  std::filesystem::path path;  // empty for standard output
};

struct PlannedFile {
  Input input;
  std::uint64_t size = 0;  // bytes; 0 where nobody knows beforehand
  std::vector<PlannedOutput> outputs;
};

struct Plan {
  std::vector<PlannedFile> files;
  std::vector<Input> skipped;  // all their results are there
  // Whole sentences, names escaped for a terminal. When there are any, nothing must be started.
  std::vector<std::string> problems;
};

// Where the results of one input go. Looks at nothing.
std::vector<PlannedOutput> outputs_of(const Input& input, const PlanRequest& request);

// Looks at the file system and changes nothing.
Plan plan_outputs(const PlanRequest& request);

}  // namespace transcribed::client
