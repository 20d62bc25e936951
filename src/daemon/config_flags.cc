#include "daemon/config_flags.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "core/suggestion.h"
#include "daemon/config_settings.h"

namespace transcribed::daemon {
namespace {

using core::comma_list;
using core::did_you_mean;

constexpr const char* about =
    "transcribed: turns recordings into text on every GPU of this machine.\n"
    "It runs in the foreground, logs to standard error, and drains on SIGTERM.";
constexpr const char* footer =
    "\nEach flag but --check has a variable of the same name (TRANSCRIBED_LISTEN for --listen)\n"
    "and each setting a key in the config file; a flag counts for more than a variable, a\n"
    "variable for more than the file. docs/configuration.md describes them all.\n"
    "\nAPI keys for the clients of this server are made with: transcribed keys add NAME\n"
    "(transcribed keys --help tells more).";

std::string group_of(const Setting& setting) {
  return setting.section.empty() ? "Models" : "[" + std::string(setting.section) + "]";
}

class CommandLine {
 public:
  CommandLine() : app_(about, "transcribed") {
    app_.footer(footer);
    app_.set_help_flag("-h,--help", "Print this and end");
    app_.set_version_flag("--version", "transcribed " TRANSCRIBED_VERSION,
                          "Print the version and end");
    config_ = single(app_.add_option("--config", config_values_, "The config file (TOML)"), "FILE");
    check_ = app_.add_flag("--check")->description("Check the configuration, print it, and end");
    for (const Setting& setting : settings()) {
      if (setting.has_flag) add(setting);
    }
    // Unknown flags are told by us, with a suggestion and beside everything else.
    app_.allow_extras();
  }

  std::variant<Flags, EarlyExit> read(int argc, const char* const* argv, Problems& problems) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      return EarlyExit{app_.help(), 0, false};
    } catch (const CLI::CallForVersion&) {
      return EarlyExit{"transcribed " TRANSCRIBED_VERSION "\n", 0, false};
    } catch (const CLI::ParseError& error) {
      problems.errors.push_back("The command line cannot be read: " + std::string(error.what()) +
                                "; see transcribed --help.");
      return Flags();
    }
    refuse_unknown(problems);
    Flags flags;
    if (auto file = only_value(*config_, "--config", problems)) flags.config_file = *file;
    flags.check = check_->count() > 0;
    for (const auto& [setting, option] : options_) {
      if (auto value = only_value(*option, setting->flag(), problems)) {
        flags.values[setting->name()] = *value;
      }
    }
    return flags;
  }

 private:
  // One value each time it is named; how often that was is looked at later.
  static CLI::Option* single(CLI::Option* option, std::string_view metavar) {
    option->expected(1)->allow_extra_args(false)->multi_option_policy(
        CLI::MultiOptionPolicy::TakeAll);
    return option->type_name(std::string(metavar));
  }

  void add(const Setting& setting) {
    CLI::Option* option = nullptr;
    if (setting.type == ValueType::boolean) {
      option = app_.add_flag(setting.flag())->description(std::string(setting.help));
      option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    } else {
      option = single(
          app_.add_option(setting.flag(), values_[setting.name()], std::string(setting.help)),
          setting.metavar);
    }
    option->group(group_of(setting));
    options_.emplace_back(&setting, option);
  }

  static std::optional<std::string> only_value(const CLI::Option& option, const std::string& flag,
                                               Problems& problems) {
    const std::vector<std::string>& given = option.results();
    if (given.empty()) return std::nullopt;
    if (given.size() > 1) {
      problems.errors.push_back("The flag " + flag + " is given " + std::to_string(given.size()) +
                                " times (" + comma_list(given) + "); give it once.");
      return std::nullopt;
    }
    return given.front();
  }

  void refuse_unknown(Problems& problems) const {
    std::vector<std::string> known = {"--help", "--version", "--config", "--check"};
    for (const auto& [setting, option] : options_) known.push_back(setting->flag());
    bool after_unknown_flag = false;
    for (const std::string& word : app_.remaining()) {
      if (word.starts_with('-')) {
        const std::string flag = word.substr(0, word.find('='));
        const std::string hint = did_you_mean(flag, known);
        problems.errors.push_back("The flag " + flag + " is none that transcribed knows" +
                                  (hint.empty() ? "; see transcribed --help." : hint));
        after_unknown_flag = word.find('=') == std::string::npos;
      } else {
        // Most likely the unknown flag's value.
        if (!after_unknown_flag) {
          const std::string hint = did_you_mean(word, {"keys"});
          problems.errors.push_back("The argument " + in_quotes(word) + " is not expected" +
                                    (hint.empty() ? "; transcribed takes flags only (recordings "
                                                    "are submitted with the command transcribe)."
                                                  : hint));
        }
        after_unknown_flag = false;
      }
    }
  }

  CLI::App app_;
  CLI::Option* config_ = nullptr;
  CLI::Option* check_ = nullptr;
  std::vector<std::string> config_values_;
  std::map<std::string, std::vector<std::string>> values_;  // CLI11 wants somewhere to write
  std::vector<std::pair<const Setting*, CLI::Option*>> options_;
};

}  // namespace

std::variant<Flags, EarlyExit> read_flags(int argc, const char* const* argv, Problems& problems) {
  return CommandLine().read(argc, argv, problems);
}

}  // namespace transcribed::daemon
