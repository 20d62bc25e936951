#include "client/inputs.h"

#include <glob.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "client/recordings.h"
#include "client/terminal_text.h"
#include "wire/header_parameters.h"

namespace transcribed::client {

namespace fs = std::filesystem;

namespace {

std::string shown(const fs::path& path) { return escape_controls(path.string()); }

bool exists(const fs::path& path) {
  std::error_code ec;
  return fs::exists(fs::symlink_status(path, ec));
}

bool is_pattern(const std::string& argument) {
  return argument.find_first_of("*?[") != std::string::npos;
}

// In the order of the names; empty when none matches.
std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> names;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  return names;
}

bool is_url(std::string_view argument) {
  const std::size_t mark = argument.find("://");
  if (mark == std::string_view::npos) return false;
  const std::string scheme = wire::to_lower(argument.substr(0, mark));
  return scheme == "http" || scheme == "https";
}

// The last part of an address's path, decoded; its host where there is none.
std::string name_in_url(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return {};
  std::string name;
  for (const auto& segment : parsed->segments()) {
    if (!segment.empty()) name = segment;
  }
  return name.empty() ? std::string(parsed->host()) : name;
}

// One part of a path, that neither leads elsewhere nor is hidden.
std::string as_file_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return c == '/' || c < 0x20 || c == 0x7f; },
      '_');
  const std::size_t visible = name.find_first_not_of('.');
  name.erase(0, visible == std::string::npos ? name.size() : visible);
  if (name.size() > 200) name.resize(200);
  return name;
}

class Gathering {
 public:
  explicit Gathering(const InputRequest& request) : request_(request) {}

  Inputs run() {
    for (const std::string& argument : request_.arguments) add(argument);
    for (const std::string& url : request_.urls) add_url(url);
    if (!request_.name.empty()) name_the_one();
    return std::move(found_);
  }

 private:
  void add(const std::string& argument) {
    if (argument == "-") {
      add_standard_input();
    } else if (argument.find("://") != std::string::npos && !exists(argument)) {
      add_url(argument);
    } else if (is_pattern(argument) && !exists(argument)) {
      const auto names = matches_of(argument);
      if (names.empty()) {
        found_.problems.push_back(fmt::format("{}: no file matches", escape_controls(argument)));
      }
      for (const std::string& name : names) add_path(name);
    } else {
      add_path(argument);
    }
  }

  void add_standard_input() {
    const auto is_stdin = [](const Input& input) {
      return input.kind == Input::Kind::standard_input;
    };
    if (std::any_of(found_.inputs.begin(), found_.inputs.end(), is_stdin)) {
      found_.problems.emplace_back("- (standard input) can be read once only");
      return;
    }
    Input input;
    input.kind = Input::Kind::standard_input;
    found_.inputs.push_back(std::move(input));
  }

  void add_url(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!is_url(url) || !parsed || parsed->encoded_host().empty()) {
      found_.problems.push_back(
          fmt::format("\"{}\" is no address of a recording: expected something like "
                      "https://example.org/talk.mp3",
                      escape_controls(url)));
      return;
    }
    Input input;
    input.kind = Input::Kind::url;
    input.url = url;
    found_.inputs.push_back(std::move(input));
  }

  void add_path(const fs::path& path) {
    std::error_code ec;
    if (!fs::is_directory(path, ec)) {
      found_.inputs.push_back(file_input(path));  // whatever is wrong with it is told by the plan
      return;
    }
    if (!request_.recursive) {
      found_.problems.push_back(
          fmt::format("{}: is a folder (-r takes the recordings in it)", shown(path)));
      return;
    }
    add_folder(path);
  }

  void add_folder(const fs::path& folder) {
    const std::size_t before = found_.inputs.size();
    const std::size_t problems_before = found_.passed_over.size();
    WalkVisitor visitor;
    visitor.on_recording = [&](const fs::path& file) {
      std::error_code ec;
      if (fs::file_size(file, ec) == 0 && !ec) {
        found_.passed_over.push_back(fmt::format("{}: is empty", shown(file)));
        return;
      }
      Input input = file_input(file);
      input.subfolder = file.parent_path().lexically_relative(folder);
      if (input.subfolder == ".") input.subfolder.clear();
      found_.inputs.push_back(std::move(input));
    };
    visitor.on_problem = [&](std::string sentence) {
      found_.passed_over.push_back(std::move(sentence));
    };
    walk_recordings(folder, true, visitor);
    if (found_.inputs.size() == before && found_.passed_over.size() == problems_before) {
      found_.remarks.push_back(fmt::format("{}: no recordings in it", shown(folder)));
    }
  }

  void name_the_one() {
    if (found_.inputs.size() > 1) {
      found_.problems.emplace_back("--name is for one recording, and there are several");
    } else if (!found_.inputs.empty()) {
      found_.inputs.front().name = request_.name;
    }
  }

  const InputRequest& request_;
  Inputs found_;
};

}  // namespace

Input file_input(fs::path path) {
  Input input;
  input.path = std::move(path);
  return input;
}

std::string spelled(const Input& input) {
  switch (input.kind) {
    case Input::Kind::standard_input:
      return input.name.empty() ? "standard input" : input.name;
    case Input::Kind::url:
      return input.url;
    case Input::Kind::file:
      break;
  }
  return input.path.string();
}

std::string result_full_name(const Input& input) {
  std::string name;
  if (!input.name.empty()) {
    name = as_file_name(input.name);
  } else if (input.kind == Input::Kind::url) {
    name = as_file_name(name_in_url(input.url));
  } else if (input.kind == Input::Kind::file) {
    name = input.path.filename().string();
  }
  if (!name.empty()) return name;
  return input.kind == Input::Kind::url ? "recording" : "stdin";
}

std::string result_stem(const Input& input) {
  const std::string whole = result_full_name(input);
  // What is no file's name may have dots that begin no extension.
  const bool is_file = input.kind == Input::Kind::file && input.name.empty();
  return is_file || is_recording_name(whole) ? fs::path(whole).stem().string() : whole;
}

Inputs gather_inputs(const InputRequest& request) { return Gathering(request).run(); }

}  // namespace transcribed::client
