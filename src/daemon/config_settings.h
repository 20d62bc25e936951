// The settings that are one value each: one table from which the file reader, the flags, the
// variables, --help and --check are all made. Pure but for looking at folders that are named.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "daemon/config.h"

namespace transcribed::daemon {

enum class ValueType { integer, boolean, text, list };
using Value = std::variant<std::int64_t, bool, std::string, std::vector<std::string>>;

// Where a value stands; a relative path means something else in each.
enum class Source { file, variable, flag };

// What a setter finds: `error` refuses the value, `warning` takes it. Both complete a sentence that
// begins with the key.
struct Verdict {
  std::optional<std::string> error;
  std::optional<std::string> warning;
};

struct Setting {
  std::string_view section;  // "" for the top level
  std::string_view key;
  ValueType type = ValueType::text;
  std::string_view metavar;  // in --help
  std::string_view help;
  bool has_flag = true;
  std::int64_t min = 0;  // of integers
  std::int64_t max = 0;
  char separator = ',';  // of a list in a flag or variable
  Verdict (*store)(Config&, const Value&, Source) = nullptr;
  std::string (*show)(const Config&) = nullptr;

  std::string name() const;      // "resources.vram_per_job_mb"
  std::string flag() const;      // "--vram-per-job-mb"
  std::string variable() const;  // "TRANSCRIBED_VRAM_PER_JOB_MB"
};

std::span<const Setting> settings();

// From a flag or variable. The error completes a sentence that begins with the key.
tl::expected<Value, std::string> read_value(const Setting& setting, std::string_view text);

// What is wrong with `number`, or nothing.
std::optional<std::string> out_of_range(std::int64_t number, std::int64_t min, std::int64_t max);
// "a whole number from 1 to 9".
std::string whole_number_from(std::int64_t min, std::int64_t max);
std::string in_quotes(std::string_view text);

}  // namespace transcribed::daemon
