// resources, top.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/json/array.hpp>

#include "client/command_line.h"
#include "client/exit_status.h"
#include "client/job_info.h"
#include "client/job_text.h"
#include "client/terminal_text.h"
#include "client/top_session.h"
#include "core/memory_size.h"
#include "wire/json_text.h"

namespace transcribed::client {

namespace json = boost::json;

namespace {

std::string number_text(const json::object& object, std::string_view key) {
  const auto number = whole_field(object, key);
  return number ? std::to_string(*number) : std::string("?");
}

std::string gb(const json::object& object, std::string_view key) {
  const auto number = whole_field(object, key);
  return number ? core::as_gb(*number) : std::string("?");
}

std::string slots_text(const json::object& gpu) {
  const json::value* enabled = gpu.if_contains("enabled");
  if (enabled != nullptr && enabled->is_bool() && !enabled->get_bool()) return "set aside";
  std::string text =
      fmt::format("{} of {}", number_text(gpu, "slots_used"), number_text(gpu, "slots_max"));
  const auto quarantined = whole_field(gpu, "slots_quarantined").value_or(0);
  // Held by a process that cannot be killed.
  if (quarantined > 0) text += fmt::format(" ({} quarantined)", quarantined);
  return text;
}

// "medium, 2 jobs, on Vulkan0; tiny, idle": the warm processes, and the device each one found.
std::string loaded_text(const json::object& gpu) {
  const json::value* loaded = gpu.if_contains("loaded");
  if (loaded == nullptr || !loaded->is_array()) return {};
  std::string text;
  for (const json::value& value : loaded->get_array()) {
    const json::object* process = value.if_object();
    if (process == nullptr) continue;
    const auto jobs = whole_field(*process, "jobs").value_or(0);
    if (!text.empty()) text += "; ";
    text += escape_controls(text_field(*process, "model").value_or("?")) + ", ";
    text += jobs > 0 ? count_of(static_cast<std::size_t>(jobs), "job", "jobs") : "idle";
    if (const auto device = text_field(*process, "device")) {
      text += ", on " + escape_controls(*device);
    }
  }
  return text;
}

std::string resources_text(const json::object& resources) {
  std::vector<std::vector<std::string>> rows{{"GPU", "NAME", "MEMORY", "SLOTS USED", "LOADED"}};
  const json::value* gpus = resources.if_contains("gpus");
  if (gpus != nullptr && gpus->is_array()) {
    for (const json::value& value : gpus->get_array()) {
      const json::object* gpu = value.if_object();
      if (gpu == nullptr) continue;
      const bool size_known = whole_field(*gpu, "total_mb").value_or(0) > 0;
      rows.push_back({number_text(*gpu, "id"),
                      escape_controls(text_field(*gpu, "name").value_or("?")),
                      size_known ? number_text(*gpu, "total_mb") + " MB" : "unknown",
                      slots_text(*gpu), loaded_text(*gpu)});
    }
  }
  std::string out = render_table(rows, 0);
  out += fmt::format("RAM: {} of {} available", gb(resources, "system_ram_available_mb"),
                     gb(resources, "system_ram_mb"));
  if (whole_field(resources, "system_ram_promised_mb").value_or(0) > 0) {
    out +=
        fmt::format(", {} of it promised to running jobs", gb(resources, "system_ram_promised_mb"));
  }
  out += fmt::format("\nJobs waiting: {}\n", number_text(resources, "pending_jobs"));
  return out;
}

int show_resources(const Context& context, bool as_json) {
  JobApi api(context.server, context.api_key);
  const auto resources = api.object("/api/resources");
  if (!resources) return fail(resources.error());
  return print_out(as_json ? wire::to_text(*resources) + "\n" : resources_text(*resources))
             ? exit_success
             : exit_some_failed;
}

}  // namespace

void add_machine_commands(CommandTable& table) {
  auto as_json = std::make_shared<bool>(false);
  CLI::App* resources = table.app.add_subcommand("resources", "Show GPUs, their slots, and RAM");
  resources->add_flag("--json", *as_json, "The server's JSON");
  resources->callback([&table, as_json] {
    table.chosen = [as_json](const Context& context) { return show_resources(context, *as_json); };
  });

  struct TopArguments {
    double interval_s = 1;
    bool once = false;
  };
  auto top_arguments = std::make_shared<TopArguments>();
  CLI::App* top = table.app.add_subcommand("top", "Watch GPUs, slots, RAM and jobs, live");
  top->add_option("--interval", top_arguments->interval_s, "Seconds between two looks")
      ->check(CLI::Range(0.2, 3600.0))
      ->capture_default_str();
  top->add_flag("--once", top_arguments->once,
                "Print one picture and exit, as where standard output is no terminal");
  top->callback([&table, top_arguments] {
    table.chosen = [top_arguments](const Context& context) {
      TopSettings settings;
      settings.interval =
          std::chrono::milliseconds(static_cast<std::int64_t>(top_arguments->interval_s * 1000));
      settings.once = top_arguments->once;
      return TopSession(context.server, context.api_key, settings).run();
    };
  });
}

}  // namespace transcribed::client
