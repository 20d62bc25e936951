// Which handler answers which method and path. Filled before the server starts, then only read.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "http/errors.h"
#include "http/exchange.h"

namespace transcribed::http {

// `open` routes answer without the API key.
enum class KeyRule { needs_key, open };

struct Route {
  Method method = Method::get;
  std::string pattern;  // "/api/jobs/{id}": {name} stands for one segment that is not empty
  KeyRule key_rule = KeyRule::needs_key;
  Handler handler;
};

// A route and what its {names} stood for; both pointers and names live as long as the router.
struct RouteMatch {
  const Route* route = nullptr;
  std::vector<std::pair<std::string_view, std::string>> parameters;
};

class Router {
 public:
  void add(Method method, std::string pattern, Handler handler,
           KeyRule key_rule = KeyRule::needs_key);

  // `path` as sent. GET answers HEAD too; one slash at the end makes no difference. The error is
  // 404, or 405 with Allow.
  std::variant<RouteMatch, ApiError> find(Method method, std::string_view path) const;

  // In the order they were added.
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct PathHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view path) const {
      return std::hash<std::string_view>{}(path);
    }
  };
  // The routes of one pattern, one a method, as indexes into routes_.
  struct Pattern {
    std::vector<std::string> segments;
    std::vector<std::size_t> routes;
  };

  const Route* pick(const Pattern& pattern, Method method) const;
  ApiError wrong_method(const Pattern& pattern, std::string_view path) const;

  std::vector<Route> routes_;
  // Patterns without a {name}: what is asked for most often is found with one look-up.
  std::unordered_map<std::string, Pattern, PathHash, std::equal_to<>> fixed_;
  std::vector<Pattern> variable_;
};

}  // namespace transcribed::http
