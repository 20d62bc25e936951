// What the arguments of one call name: files, folders, patterns, addresses, standard input.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace transcribed::client {

// One thing to transcribe.
struct Input {
  enum class Kind { file, standard_input, url } kind = Kind::file;
  std::filesystem::path path;  // of a file
  std::string url;
  std::string name;  // what to call the job; "" for the file's own name
  // Of a file found in a folder: its own folder, seen from that one. Kept below --output.
  std::filesystem::path subfolder = {};
};

Input file_input(std::filesystem::path path);

// As people know it, not escaped: the path, the address, "standard input".
std::string spelled(const Input& input);

// What its results are named after, without an extension: the file's stem, what --name or the
// address's last part says. Never empty, never more than one part of a path.
std::string result_stem(const Input& input);
// The same with the recording's own extension.
std::string result_full_name(const Input& input);

struct InputRequest {
  std::vector<std::string> arguments;  // FILE...
  std::vector<std::string> urls;       // --url
  std::string name;                    // --name; "" for none
  bool recursive = false;
};

struct Inputs {
  std::vector<Input> inputs;
  // Whole sentences, escaped. With `problems`, nothing must be started; `passed_over` is what could
  // not be looked at while the rest can go on; `remarks` is neither.
  std::vector<std::string> problems;
  std::vector<std::string> passed_over;
  std::vector<std::string> remarks;
};

// Looks at the file system and changes nothing. A name that is there is that file, whatever
// characters it has; else one with * ? or [ is a pattern.
Inputs gather_inputs(const InputRequest& request);

}  // namespace transcribed::client
