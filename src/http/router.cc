#include "http/router.h"

#include <algorithm>
#include <optional>

#include <boost/url/decode_view.hpp>
#include <boost/url/pct_string_view.hpp>

namespace transcribed::http {
namespace {

bool is_name(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (;;) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

// Nothing for a broken escape and for one of the byte 0.
std::optional<std::string> decode(std::string_view segment) {
  const auto checked = boost::urls::make_pct_string_view(segment);
  if (!checked) return std::nullopt;
  std::string text;
  text.resize(checked->decoded_size());
  const boost::urls::decode_view view(*checked);
  std::copy(view.begin(), view.end(), text.begin());
  if (text.find('\0') != std::string::npos) return std::nullopt;
  return text;
}

// Nothing: the path is not of this pattern.
std::optional<std::vector<std::pair<std::string_view, std::string>>> match(
    const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  if (pattern.size() != path.size()) return std::nullopt;
  std::vector<std::pair<std::string_view, std::string>> parameters;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!is_name(pattern[i])) {
      if (pattern[i] != path[i]) return std::nullopt;
      continue;
    }
    auto value = decode(path[i]);
    if (!value || value->empty()) return std::nullopt;
    const std::string_view name = pattern[i];
    parameters.emplace_back(name.substr(1, name.size() - 2), std::move(*value));
  }
  return parameters;
}

}  // namespace

void Router::add(Method method, std::string pattern, Handler handler, KeyRule key_rule) {
  const auto index = routes_.size();
  if (pattern.find('{') == std::string::npos) {
    fixed_[pattern].routes.push_back(index);
  } else {
    std::vector<std::string> segments;
    for (const auto segment : split(pattern)) segments.emplace_back(segment);
    auto known = std::find_if(variable_.begin(), variable_.end(),
                              [&](const Pattern& p) { return p.segments == segments; });
    if (known == variable_.end()) {
      known = variable_.insert(variable_.end(), Pattern{std::move(segments), {}});
    }
    known->routes.push_back(index);
  }
  routes_.push_back(Route{method, std::move(pattern), key_rule, std::move(handler)});
}

const Route* Router::pick(const Pattern& pattern, Method method) const {
  const Route* get = nullptr;
  for (const auto index : pattern.routes) {
    const Route& route = routes_[index];
    if (route.method == method) return &route;
    if (route.method == Method::get) get = &route;
  }
  return method == Method::head ? get : nullptr;
}

ApiError Router::wrong_method(const Pattern& pattern, std::string_view path) const {
  std::string allow;
  for (const auto index : pattern.routes) {
    const auto method = routes_[index].method;
    if (!allow.empty()) allow += ", ";
    allow += to_string(method);
    if (method == Method::get) allow += ", HEAD";
  }
  ApiError error;
  error.status = 405;
  error.code = "method_not_allowed";
  error.message = std::string(path) + " takes " + allow + ".";
  error.headers.emplace_back("Allow", std::move(allow));
  return error;
}

std::variant<RouteMatch, ApiError> Router::find(Method method, std::string_view path) const {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (const auto fixed = fixed_.find(path); fixed != fixed_.end()) {
    if (const Route* route = pick(fixed->second, method)) return RouteMatch{route, {}};
    return wrong_method(fixed->second, path);
  }
  const auto segments = split(path);
  for (const auto& pattern : variable_) {
    auto parameters = match(pattern.segments, segments);
    if (!parameters) continue;
    if (const Route* route = pick(pattern, method))
      return RouteMatch{route, std::move(*parameters)};
    return wrong_method(pattern, path);
  }
  ApiError error;
  error.status = 404;
  error.code = "not_found";
  error.message = "There is nothing at " + std::string(path) + ".";
  return error;
}

}  // namespace transcribed::http
