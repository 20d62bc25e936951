// One request on its way: a handle of libcurl, guarded, and what it ends with. The loop adds the
// handle to libcurl, waits, and asks.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/curl_handles.h"
#include "fetcher/address_guard.h"
#include "fetcher/checked_url.h"
#include "fetcher/problem.h"
#include "wire/fetcher_protocol.h"

namespace transcribed::fetcher {

using Clock = std::chrono::steady_clock;

// The same for every request of this process.
struct Settings {
  AddressGuard guard;
  std::string proxy;    // empty: none, whatever the environment says
  std::string ca_file;  // certificates to trust in place of the system's; empty: the system's
};

// Neither copied nor moved: libcurl holds its address. One thread.
class Transfer {
 public:
  virtual ~Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  const std::string& id() const { return id_; }
  CURL* easy() const { return easy_.get(); }

  // Makes the handle ready. The problem: it cannot even begin.
  virtual std::optional<Problem> begin() = 0;
  // libcurl ended with `code`: what the daemon is told. Nothing: the handle is to be added again,
  // it goes on at another address.
  virtual std::optional<wire::fetcher::FromFetcher> finish(CURLcode code) = 0;
  // From when on it has taken too long, and what the daemon is told then.
  virtual Clock::time_point deadline() const = 0;
  virtual wire::fetcher::FromFetcher time_out() = 0;

  wire::fetcher::Failed failed(Problem problem) const;

 protected:
  Transfer(const Settings& settings, std::string id, bool allow_private);

  // Points the handle at `url`; nothing of an earlier answer is left.
  std::optional<Problem> point_at(CheckedUrl url);
  // The final answer's head is complete. False: no more of it is wanted.
  virtual bool take_head() = 0;
  // A piece of its body. False: no more of it is wanted.
  virtual bool take_body(std::string_view bytes) = 0;

  const CheckedUrl& url() const { return url_; }
  const adapters::AnswerHeaders& headers() const { return headers_; }
  bool has_head() const { return has_head_; }
  int status() const;
  bool connected() const { return connected_; }
  // When anything last happened: the connection stood, a byte came.
  Clock::time_point last_sign() const { return last_sign_; }
  // Ended because take_head() or take_body() wanted no more.
  bool is_enough() const { return enough_; }
  Problem problem_with(CURLcode code) const;

 private:
  template <typename Value>
  void set(CURLoption option, Value value);
  void set_up();

  static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self);
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self);
  static int on_connected(void* self, char*, char*, int, int);
  static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address);
  bool header(std::string_view line);

  const Settings& settings_;
  const std::string id_;
  const bool allow_private_;
  adapters::EasyHandle easy_;
  CheckedUrl url_;
  adapters::AnswerHeaders headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::string refused_;  // the address that was, if one was
  bool has_head_ = false;
  bool connected_ = false;
  bool enough_ = false;
  Clock::time_point last_sign_;
};

}  // namespace transcribed::fetcher
