#include "daemon/log.h"

#include <memory>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace transcribed::daemon {
namespace {

// spdlog's own names are lower case, and fixed in the packaged library.
class LevelName final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    std::string_view name = "INFO";
    if (message.level <= spdlog::level::debug) name = "DEBUG";
    if (message.level == spdlog::level::warn) name = "WARN";
    if (message.level >= spdlog::level::err) name = "ERROR";
    out.append(name.data(), name.data() + name.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelName>();
  }
};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void start_log(LogLevel level, bool timestamps) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<LevelName>('*').set_pattern(timestamps ? "%Y-%m-%dT%H:%M:%S.%e%z %*: %v"
                                                             : "%*: %v");
  auto logger = std::make_shared<spdlog::logger>("transcribed",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::move(formatter));
  logger->set_level(level_of(level));
  spdlog::set_default_logger(std::move(logger));
}

void log_line(scheduler::LogLevel level, std::string_view line) {
  switch (level) {
    case scheduler::LogLevel::debug:
      return spdlog::debug("{}", line);
    case scheduler::LogLevel::info:
      return spdlog::info("{}", line);
    case scheduler::LogLevel::warn:
      return spdlog::warn("{}", line);
    case scheduler::LogLevel::error:
      return spdlog::error("{}", line);
  }
}

}  // namespace transcribed::daemon
