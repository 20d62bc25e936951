#include "http/query.h"

#include <algorithm>

#include <boost/url/encoding_opts.hpp>
#include <boost/url/params_view.hpp>
#include <boost/url/parse_query.hpp>
#include <boost/url/url_view.hpp>

#include "wire/utf8.h"

namespace transcribed::http {

tl::expected<Query, ApiError> parse_query(std::string_view query,
                                          std::initializer_list<std::string_view> known) {
  Query result;
  if (query.empty()) return result;
  const auto parsed = boost::urls::parse_query(query);
  if (!parsed) {
    return tl::make_unexpected(
        bad_request("bad_query", "What follows \"?\" is not a valid query."));
  }
  boost::urls::encoding_opts blanks;
  blanks.space_as_plus = true;
  for (const auto& part : boost::urls::params_view(*parsed, blanks)) {
    if (part.key.empty() && !part.has_value) continue;
    if (!wire::is_valid_utf8(part.key) || !wire::is_valid_utf8(part.value)) {
      return tl::make_unexpected(bad_request("bad_query", "The query is not UTF-8."));
    }
    if (std::find(known.begin(), known.end(), part.key) == known.end()) {
      std::string names;
      for (const auto name : known) {
        if (!names.empty()) names += ", ";
        names += name;
      }
      return tl::make_unexpected(bad_request(
          "unknown_parameter",
          "There is no parameter \"" + part.key + "\" here; these are known: " + names + ".",
          part.key));
    }
    if (!result.emplace(part.key, part.value).second) {
      return tl::make_unexpected(bad_request(
          "parameter_repeated", "The parameter \"" + part.key + "\" is given twice.", part.key));
    }
  }
  return result;
}

}  // namespace transcribed::http
