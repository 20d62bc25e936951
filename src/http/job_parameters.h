// What a submission may say about its job, from form fields or JSON keys. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "core/job.h"
#include "http/errors.h"

namespace transcribed::http {

class JobParameters {
 public:
  // Each field once. The error is 400 and names the field; an unknown one names those there are.
  std::optional<ApiError> set(const std::string& field, const std::string& value);
  std::optional<ApiError> set(const std::string& field, const boost::json::value& value);

  // What makes no sense together; asked once all is set.
  std::optional<ApiError> conflict() const;

  bool has_model() const { return given_.contains("model"); }

  std::string model;  // empty: the default
  std::string name;   // empty: to be named after the file
  int priority = 0;
  bool deduplicate = false;
  std::string callback_url;  // empty: none
  core::TranscribeOptions options;

 private:
  std::optional<ApiError> first_time(const std::string& field);
  std::optional<ApiError> set_text(const std::string& field, const std::string& value);
  std::optional<ApiError> set_number(const std::string& field, double value);
  std::optional<ApiError> set_flag(const std::string& field, bool value);

  std::set<std::string, std::less<>> given_;
};

}  // namespace transcribed::http
