// A configuration while it is being read: values so far, where each came from, what is wrong.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/config.h"
#include "daemon/config_settings.h"
#include "daemon/problems.h"

namespace transcribed::daemon {

struct Draft {
  Config config;
  Problems problems;
  // By the setting's or section's name ("resources.vram_per_job_mb", "models.medium"); those left
  // at their defaults are missing.
  std::map<std::string, std::string, std::less<>> origins;
  // PATH, as engines will see it; this is what the keeper takes where there is none.
  std::string program_path = "/bin:/usr/bin";

  // Sources must come in rising precedence: the last good value stays.
  void store(const Setting& setting, const tl::expected<Value, std::string>& value, Source source,
             const std::string& where) {
    if (!value) {
      problems.refuse(setting.name(), where, value.error());
      return;
    }
    const Verdict verdict = setting.store(config, *value, source);
    if (verdict.warning) problems.warn(setting.name(), where, *verdict.warning);
    if (verdict.error) {
      problems.refuse(setting.name(), where, *verdict.error);
    } else {
      origins[setting.name()] = where;
    }
  }
};

}  // namespace transcribed::daemon
