#include "http/query.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/url/encoding_opts.hpp>
#include <boost/url/params_encoded_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "wire/utf8.h"

namespace transcribed::http {

namespace {

using Parameter = std::pair<std::string, std::string>;

// All of them, in order.
tl::expected<std::vector<Parameter>, ApiError> decode(std::string_view query) {
  std::vector<Parameter> result;
  if (query.empty()) return result;
  // As part of a target: parse_query() of Boost 1.81 reads past the end of what it is given.
  const auto target = "/?" + std::string(query);
  const auto parsed = boost::urls::parse_origin_form(target);
  if (!parsed) {
    return tl::make_unexpected(
        bad_request("bad_query", "What follows \"?\" is not a valid query."));
  }
  boost::urls::encoding_opts blanks;
  blanks.space_as_plus = true;
  for (const auto& encoded : parsed->encoded_params()) {
    if (encoded.key.empty() && !encoded.has_value) continue;
    auto key = encoded.key.decode(blanks);
    auto value = encoded.value.decode(blanks);
    if (!wire::is_valid_utf8(key) || !wire::is_valid_utf8(value)) {
      return tl::make_unexpected(bad_request("bad_query", "The query is not UTF-8."));
    }
    result.emplace_back(std::move(key), std::move(value));
  }
  return result;
}

}  // namespace

tl::expected<Query, ApiError> parse_query(std::string_view query,
                                          std::initializer_list<std::string_view> known) {
  auto parameters = decode(query);
  if (!parameters) return tl::make_unexpected(std::move(parameters.error()));
  Query result;
  for (auto& [key, value] : *parameters) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      std::string names;
      for (const auto name : known) {
        if (!names.empty()) names += ", ";
        names += name;
      }
      return tl::make_unexpected(bad_request(
          "unknown_parameter",
          "There is no parameter \"" + key + "\" here; these are known: " + names + ".", key));
    }
    if (!result.emplace(key, std::move(value)).second) {
      return tl::make_unexpected(
          bad_request("parameter_repeated", "The parameter \"" + key + "\" is given twice.", key));
    }
  }
  return result;
}

tl::expected<Query, ApiError> parse_any_query(std::string_view query) {
  auto parameters = decode(query);
  if (!parameters) return tl::make_unexpected(std::move(parameters.error()));
  Query result;
  for (auto& [key, value] : *parameters) result.insert_or_assign(key, std::move(value));
  return result;
}

}  // namespace transcribed::http
