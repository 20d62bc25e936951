#include "whisper/backend_troubles.h"

#include <dlfcn.h>

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace transcribed::whisper {
namespace {

bool is_for_a_gpu(const std::string& name) {
  return name.starts_with("libggml-") && name.ends_with(".so") && !name.starts_with("libggml-cpu");
}

}  // namespace

std::vector<std::string> backend_troubles(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> backends;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(folder, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (is_for_a_gpu(entry->path().filename())) backends.push_back(entry->path());
  }
  std::ranges::sort(backends);
  std::vector<std::string> out;
  for (const std::filesystem::path& backend : backends) {
    if (::dlopen(backend.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr) continue;
    const char* why = ::dlerror();
    out.push_back(fmt::format("ggml's {} cannot be loaded: {}", backend.filename().string(),
                              why == nullptr ? "the loader does not say why" : why));
  }
  return out;
}

}  // namespace transcribed::whisper
