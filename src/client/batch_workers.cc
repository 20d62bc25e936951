#include "client/batch_workers.h"

#include <utility>

namespace transcribed::client {

BatchWorkers::BatchWorkers(Batch& batch, const ServerAddress& server, const std::string& api_key)
    : batch_(batch), upload_api_(server, api_key), watch_api_(server, api_key) {}

BatchWorkers::~BatchWorkers() { stop(); }

void BatchWorkers::start(UploadSettings uploads, std::optional<WatchOptions> watch) {
  upload_settings_ = std::move(uploads);
  const bool watched = watch.has_value();
  uploads_ = std::jthread([this, watched](const std::stop_token& stop) {
    uploads_end_ = run_uploads(batch_, upload_api_, upload_settings_, stop);
    batch_.uploads_over();
    if (!watched) finish();
  });
  if (!watched) return;
  watch_ = std::jthread([this, options = std::move(*watch)](const std::stop_token& stop) {
    Watcher(batch_, watch_api_, options).run(stop);
    finish();
  });
}

void BatchWorkers::finish() {
  done_ = true;
  batch_.wake();
}

void BatchWorkers::stop() {
  uploads_.request_stop();
  watch_.request_stop();
  if (uploads_.joinable()) uploads_.join();
  if (watch_.joinable()) watch_.join();
}

}  // namespace transcribed::client
