// Whether a path that a client names may be read. Blocks (it may be on a network mount): for the
// pool's threads.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "http/errors.h"

namespace transcribed::http {

// The file, symbolic links resolved. It lies in one of `allowed` (their own links resolved too), is
// a regular file, readable and not empty; each way to fail has its own code: path_relative,
// path_not_allowed (403; also for what is not there, so that nobody learns what else exists),
// file_not_found, path_is_folder, not_a_file, file_not_readable, file_empty.
tl::expected<std::string, ApiError> check_local_path(const std::string& path,
                                                     const std::vector<std::string>& allowed);

// SHA-256 in hex of the file's content. Blocks for as long as reading it takes.
tl::expected<std::string, ApiError> content_sha256(const std::string& path);

}  // namespace transcribed::http
