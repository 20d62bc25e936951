// The data folder's layout: DATA/lock, DATA/jobs.db, DATA/keys.json, DATA/webhook.secret,
// DATA/uploads/ID, DATA/tmp.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "core/job_id.h"

namespace transcribed::daemon {

struct DataFolder {
  std::filesystem::path root;

  std::filesystem::path database() const { return root / "jobs.db"; }
  std::filesystem::path api_keys() const { return root / "keys.json"; }
  std::filesystem::path webhook_secret() const { return root / "webhook.secret"; }
  std::filesystem::path uploads() const { return root / "uploads"; }
  std::filesystem::path temporary() const { return root / "tmp"; }
};

// Creates what is missing (0700: recordings are private). The error is a sentence.
tl::expected<DataFolder, std::string> open_data_folder(const std::filesystem::path& root);

// With the folder locked: removes what unfinished uploads and killed engines left in DATA/tmp and
// DATA/uploads/*.part. Returns the ids of the finished uploads there are.
std::vector<core::JobId> sweep_files(const DataFolder& folder);

}  // namespace transcribed::daemon
