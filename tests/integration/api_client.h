// The daemon's HTTP API, as a client of the tests uses it: a connection a request, all of it
// blocking, every answer within a deadline. What goes wrong on the way throws std::runtime_error.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace transcribed::tests {

struct HttpAnswer {
  int status = 0;
  std::string content_type;
  std::string body;

  boost::json::object json() const;
  // Of an error: error.code and error.message.
  std::string code() const;
  std::string message() const;
};

class ApiClient {
 public:
  explicit ApiClient(std::uint16_t port, std::string api_key = {})
      : port_(port), api_key_(std::move(api_key)) {}

  HttpAnswer get(const std::string& target) const { return ask("GET", target, "", ""); }
  HttpAnswer post(const std::string& target) const { return ask("POST", target, "", ""); }
  HttpAnswer post(const std::string& target, const boost::json::object& body) const;
  HttpAnswer remove(const std::string& target) const { return ask("DELETE", target, "", ""); }
  HttpAnswer upload(const std::string& file_name, const std::string& bytes,
                    const std::map<std::string, std::string>& fields = {}) const {
    return post_form("/api/jobs", "file", file_name, bytes, fields);
  }
  // The fields go first.
  HttpAnswer post_form(const std::string& target, const std::string& file_field,
                       const std::string& file_name, const std::string& bytes,
                       const std::map<std::string, std::string>& fields = {}) const;

  // --- Jobs. ---

  // Submits by path and returns the id; any status but 201 throws.
  std::string submit(const std::string& path, boost::json::object more = {}) const;
  boost::json::object job(const std::string& id) const;
  std::string state(const std::string& id) const;
  // Waits until the job is in `state`, or has ended in another one, and returns it.
  boost::json::object wait_for(const std::string& id, const std::string& state) const;
  HttpAnswer cancel(const std::string& id) const { return post("/api/jobs/" + id + "/cancel"); }
  HttpAnswer retry(const std::string& id) const { return post("/api/jobs/" + id + "/retry"); }
  std::string transcript(const std::string& id, const std::string& format) const;
  // The job's reason, {"code","message"} as "code: message"; empty for none.
  std::string reason(const std::string& id) const;
  // Of all GPUs.
  std::int64_t slots_used() const;

 private:
  HttpAnswer ask(const std::string& method, const std::string& target, const std::string& body,
                 const std::string& content_type) const;

  std::uint16_t port_;
  std::string api_key_;  // empty: none is sent
};

// value["a"]["b"], as text or number.
std::string text_at(const boost::json::object& object, const std::string& key);
std::int64_t number_at(const boost::json::object& object, const std::string& key);

}  // namespace transcribed::tests
