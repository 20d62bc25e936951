// The Exchange of a Connection's current request.
#pragma once

#include <memory>

#include "http/connection.h"
#include "http/exchange.h"

namespace transcribed::http {

class ConnectionExchange final : public Exchange {
 public:
  ConnectionExchange(std::shared_ptr<Connection> connection, Method method, std::string_view path,
                     std::string_view query)
      : connection_(std::move(connection)), method_(method), path_(path), query_(query) {}
  ~ConnectionExchange() override;

  Method method() const override { return method_; }
  std::string_view path() const override { return path_; }
  std::string_view query() const override { return query_; }
  std::string_view header(std::string_view name) const override;
  std::optional<std::uint64_t> content_length() const override;
  void read_some(std::function<void(BodyPiece)> next) override;
  void respond(Response response) override;
  void on_disconnect(std::function<void()> gone) override;
  std::shared_ptr<ResponseStream> stream(Response head) override;

  // What it is for is known now.
  void set_route(const Route& route) { route_ = &route; }
  // The connection answers by itself.
  void forget() { answered_ = true; }

 private:
  std::shared_ptr<Connection> connection_;
  Method method_;
  std::string_view path_;
  std::string_view query_;
  void count(int status) const;

  const Route* route_ = nullptr;
  bool answered_ = false;
};

}  // namespace transcribed::http
