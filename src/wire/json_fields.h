// Reads one JSON object of the wire key by key and remembers the first thing that was wrong, so
// that a message's code names its fields once and checks once. A key set to null counts as absent.
// One thread; borrows the object.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace transcribed::wire {

class JsonFields {
 public:
  explicit JsonFields(const boost::json::object& object) : object_(object) {}

  // Required; an absent one is an error and reads as empty or 0.
  std::string text(std::string_view key);
  // Also not empty.
  std::string name(std::string_view key);
  // Seconds: a finite number of at most `max_seconds`; below 0 becomes 0.
  double seconds(std::string_view key);
  int whole(std::string_view key, int least);
  // A number of bytes, seconds, ...: whole, not below 0, at most 2^53.
  std::int64_t count(std::string_view key);

  // Optional.
  std::string text_or_empty(std::string_view key);
  double seconds_or_zero(std::string_view key);
  int whole_or(std::string_view key, int least, int otherwise);
  // A count of MB: any number, rounded up, below 0 becomes 0.
  std::int64_t megabytes_or_zero(std::string_view key);
  bool flag_or_false(std::string_view key);
  std::optional<double> number(std::string_view key);
  std::optional<int> optional_whole(std::string_view key, int least);
  std::optional<std::int64_t> optional_count(std::string_view key);
  std::vector<int> whole_list(std::string_view key);
  // Nothing when absent.
  const boost::json::object* object(std::string_view key);
  const boost::json::array* array(std::string_view key);

  // For what the caller found wrong itself.
  void complain(std::string sentence);
  // A sentence; nothing while all is well.
  const std::optional<std::string>& error() const { return error_; }

  // Thirty years: beyond it a time is nonsense, and sums of such times would no longer fit.
  static constexpr double max_seconds = 1e9;

 private:
  const boost::json::value* find(std::string_view key) const;
  std::optional<int> to_whole(const boost::json::value& value, int least) const;
  void complain_about(std::string_view key, std::string_view must);

  const boost::json::object& object_;
  std::optional<std::string> error_;
};

}  // namespace transcribed::wire
