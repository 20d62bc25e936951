// The options of `transcribe FILE...` and `transcribe --watch DIR`, and which of them can be meant
// together.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "client/inputs.h"
#include "client/output_plan.h"
#include "client/submit_session.h"

namespace transcribed::client {

struct SubmitArguments {
  InputRequest inputs;
  std::string formats = "txt";
  bool format_given = false;
  std::optional<std::string> output;
  std::optional<int> priority;
  bool translate = false;
  bool skip_existing = false;
  bool keep_extension = false;
  std::string watch;  // --watch; "" for none
  int settle_s = 10;
  bool settle_given = false;
  int poll_s = 0;
  SubmitSettings settings;
};

void add_submit_options(CLI::App& app, SubmitArguments& arguments);

// What cannot be meant, as a sentence.
std::optional<std::string> contradiction(const SubmitArguments& arguments,
                                         const std::vector<Format>& formats);

// Where results go. The inputs are left to the caller.
PlanRequest plan_request(const SubmitArguments& arguments, std::vector<Format> formats);
// With everything that stands apart in `arguments` filled in.
SubmitSettings submit_settings(const SubmitArguments& arguments);

}  // namespace transcribed::client
