// What rows of the table of settings are made of. For the files that hold such rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/suggestion.h"
#include "daemon/config_settings.h"

namespace transcribed::daemon {

inline std::int64_t integer(const Value& value) { return std::get<std::int64_t>(value); }
inline const std::string& text(const Value& value) { return std::get<std::string>(value); }
inline const std::vector<std::string>& list(const Value& value) {
  return std::get<std::vector<std::string>>(value);
}
inline std::chrono::seconds seconds(const Value& value) { return std::chrono::seconds(integer(value)); }

inline std::string shown(std::int64_t number) { return std::to_string(number); }
inline std::string shown(std::chrono::seconds time) { return std::to_string(time.count()); }
inline std::string shown(const std::vector<std::string>& words) {
  return words.empty() ? "none" : core::comma_list(words);
}

inline Verdict refused(std::string why) { return {std::move(why), std::nullopt}; }

// A row for a whole number; `get` gives the member it is kept in.
template <auto get>
Setting number(std::string_view section, std::string_view key, std::string_view metavar,
               std::int64_t min, std::int64_t max, std::string_view help) {
  Setting row;
  row.section = section;
  row.key = key;
  row.type = ValueType::integer;
  row.metavar = metavar;
  row.help = help;
  row.min = min;
  row.max = max;
  row.store = [](Config& config, const Value& value, Source) -> Verdict {
    auto& member = get(config);
    using Member = std::remove_reference_t<decltype(member)>;
    if constexpr (std::is_same_v<Member, std::chrono::seconds>) {
      member = seconds(value);
    } else {
      member = static_cast<Member>(integer(value));
    }
    return {};
  };
  row.show = [](const Config& config) {
    return shown(get(const_cast<Config&>(config)));  // `get` only reads here
  };
  return row;
}

inline Setting other(std::string_view section, std::string_view key, ValueType type,
              std::string_view metavar, std::string_view help,
              Verdict (*store)(Config&, const Value&, Source), std::string (*show)(const Config&)) {
  Setting row;
  row.section = section;
  row.key = key;
  row.type = type;
  row.metavar = metavar;
  row.help = help;
  row.store = store;
  row.show = show;
  return row;
}

}  // namespace transcribed::daemon
