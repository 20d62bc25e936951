// The web page at / and its files, which are part of the program. Loop thread.
#pragma once

#include <span>
#include <string_view>

#include "http/router.h"

namespace transcribed::http {

struct DashboardFile {
  std::string_view path;  // "/", "/assets/index-1a2b3c.js"
  std::string_view content_type;
  std::string_view digest;  // of `bytes`, for the ETag
  std::string_view bytes;
  std::string_view gzip;  // the same, compressed; empty: it would not be smaller
};

// What was built into this program; empty when the dashboard was not built.
std::span<const DashboardFile> built_in_dashboard();

// Answers without the API key: the page asks for it. `files` and what they refer to must outlive
// the server. Where there are none, / says how to get them.
void add_dashboard(Router& router, std::span<const DashboardFile> files);

}  // namespace transcribed::http
