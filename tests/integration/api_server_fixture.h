// The HTTP floor on a thread of its own, on a free port, over a FakeJobService.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "http/api_server.h"
#include "tests/fakes/fake_job_service.h"
#include "tests/fakes/raw_http_client.h"

namespace transcribed::tests {

class ApiServerTest : public testing::Test {
 protected:
  ApiServerTest() {
    auto folder = (std::filesystem::temp_directory_path() / "transcribed-http-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
    options_.listen_port = 0;
    options_.storage.uploads_folder = folder_ / "uploads";
    options_.storage.min_free_disk_mb = 0;
    jobs_ = std::make_unique<fakes::FakeJobService>(
        [this](std::function<void()> call) { boost::asio::post(loop_, std::move(call)); });
  }

  ~ApiServerTest() override {
    if (thread_.joinable()) {
      boost::asio::post(loop_, [this] { loop_.stop(); });
      thread_.join();
    }
    server_.reset();
    jobs_.reset();
    std::filesystem::remove_all(folder_);
  }

  void start() {
    server_ = std::make_unique<http::ApiServer>(loop_, options_, *jobs_);
    if (add_routes_) add_routes_(server_->router());
    const auto where = server_->start();
    ASSERT_TRUE(where.has_value()) << where.error();
    where_ = *where;
    port_ = server_->port();
    thread_ = std::thread([this] { loop_.run(); });
  }

  // Runs on the loop thread and waits for it.
  template <typename Call>
  auto on_loop(Call call) {
    std::packaged_task<decltype(call())()> task(std::move(call));
    auto result = task.get_future();
    boost::asio::post(loop_, [&task] { task(); });
    return result.get();
  }

  fakes::RawResponse request(const std::string& method, const std::string& target,
                             const std::string& headers = {}, const std::string& body = {}) {
    return fakes::RawHttpClient(port_).request(method, target, headers, body);
  }

  fakes::RawResponse post_json(const std::string& body) {
    return request("POST", "/api/jobs", "Content-Type: application/json\r\n", body);
  }

  std::vector<std::string> uploads() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "uploads")) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  // Each turn of the loop may bring the condition nearer; there is nothing to be told by.
  template <typename Condition>
  bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  static std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static void write_file(const std::filesystem::path& path, const std::string& bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }

  std::filesystem::path folder_;
  http::ServerOptions options_;
  std::function<void(http::Router&)> add_routes_;  // a test's own
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> keep_running_{
      loop_.get_executor()};
  std::unique_ptr<fakes::FakeJobService> jobs_;
  std::unique_ptr<http::ApiServer> server_;
  std::thread thread_;
  std::string where_;
  std::uint16_t port_ = 0;
};

// One part of a form; with `file_name` it is a file.
inline std::string form_part(const std::string& name, const std::string& value,
                             const std::optional<std::string>& file_name = std::nullopt) {
  std::string part = "--XX\r\nContent-Disposition: form-data; name=\"" + name + "\"";
  if (file_name) part += "; filename=\"" + *file_name + "\"\r\nContent-Type: audio/mpeg";
  return part + "\r\n\r\n" + value + "\r\n";
}
inline const std::string form_end = "--XX--\r\n";
inline const std::string form_type = "Content-Type: multipart/form-data; boundary=XX\r\n";

}  // namespace transcribed::tests
