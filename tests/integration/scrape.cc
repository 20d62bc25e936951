#include "tests/integration/scrape.h"

#include <cmath>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace transcribed::tests {
namespace {

const std::regex help_line(R"(# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*\S))");
const std::regex type_line(R"(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram))");
const std::regex sample_line(R"(([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+))");
const std::regex one_label(R"re(([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$))re");
const std::regex a_number(R"([+-]?Inf|NaN|[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?)");

[[noreturn]] void refuse(const std::string& why, const std::string& line) {
  throw std::runtime_error(why + ": " + line);
}

// "a=\"1\",b=\"2\"" -> {"a": "1", "b": "2"}
std::map<std::string, std::string> read_labels(std::string text, const std::string& line) {
  std::map<std::string, std::string> labels;
  while (!text.empty()) {
    std::smatch match;
    if (!std::regex_search(text, match, one_label, std::regex_constants::match_continuous)) {
      refuse("labels that cannot be read", line);
    }
    if (!labels.emplace(match[1], match[2]).second) refuse("a label twice", line);
    const bool more = match[3] == ",";
    text = match.suffix();
    if (more && text.empty()) refuse("a comma after the last label", line);
  }
  return labels;
}

std::string without_suffix(const std::string& name) {
  for (const char* suffix : {"_bucket", "_sum", "_count"}) {
    if (name.ends_with(suffix)) return name.substr(0, name.rfind('_'));
  }
  return name;
}

}  // namespace

Scrape::Scrape(const std::string& text) {
  if (!text.ends_with('\n')) throw std::runtime_error("the last line has no end");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line.starts_with('#') ? read_comment(line) : read_sample(line);
  }
  for (const auto& [name, family] : families_) {
    if (family.type.empty()) refuse("no TYPE", name);
    if ((family.type == "counter") != name.ends_with("_total")) refuse("a counter is _total", name);
  }
  check_histograms();
}

void Scrape::read_comment(const std::string& line) {
  std::smatch match;
  if (std::regex_match(line, match, help_line)) {
    family_ = match[1];
    if (!families_.emplace(family_, Family{match[2], {}, {}}).second)
      refuse("a family twice", line);
    names_.insert(family_);
    return;
  }
  if (!std::regex_match(line, match, type_line)) refuse("neither HELP nor TYPE", line);
  if (match[1] != family_ || !families_.at(family_).type.empty()) refuse("TYPE out of place", line);
  families_.at(family_).type = match[2];
}

void Scrape::read_sample(const std::string& line) {
  std::smatch match;
  if (!std::regex_match(line, match, sample_line)) refuse("no sample", line);
  const std::string name = match[1];
  if (family_.empty() || families_.at(family_).type.empty()) refuse("a sample without TYPE", line);
  Family& family = families_.at(family_);
  const bool is_histogram = family.type == "histogram";
  if (is_histogram ? name == family_ || without_suffix(name) != family_ : name != family_) {
    refuse("a sample among another family's", line);
  }
  auto labels = read_labels(match[2], line);
  const bool is_bucket = is_histogram && name.ends_with("_bucket");
  if (labels.contains("le") != is_bucket) refuse("le belongs to buckets", line);
  if (!std::regex_match(match[3].str(), a_number)) refuse("no number", line);
  const double value = std::stod(match[3]);
  if (family.type != "gauge" && !(value >= 0)) refuse("a count below 0", line);
  labels.erase("le");
  for (const auto& [label, text] : labels) family.labels.insert(label);
  names_.insert(name);
  const std::string series = line.substr(0, line.rfind(' '));
  if (!values_.emplace(series, value).second) refuse("a series twice", line);
}

// A bucket counts those below it, too, and the last one all.
void Scrape::check_histograms() const {
  const std::regex bucket(R"re((.*)_bucket\{(.*?),?le="([^"]*)"\})re");
  std::map<std::string, std::map<double, double>> buckets;  // by NAME_count and its labels
  for (const auto& [series, value] : values_) {
    std::smatch match;
    if (!std::regex_match(series, match, bucket)) continue;
    const std::string labels = match[2].length() > 0 ? "{" + match[2].str() + "}" : "";
    buckets[match[1].str() + "_count" + labels][std::stod(match[3])] = value;
  }
  for (const auto& [count, by_bound] : buckets) {
    double before = 0;
    for (const auto& [bound, value] : by_bound) {
      if (value < before) refuse("buckets do not rise", count);
      before = value;
    }
    if (!std::isinf(by_bound.rbegin()->first)) refuse("no bucket for all", count);
    if (!values_.contains(count) || values_.at(count) != before) refuse("not the count", count);
  }
}

double Scrape::value(const std::string& series) const {
  const std::string name = series.substr(0, series.find('{'));
  if (!families_.contains(name) && !families_.contains(without_suffix(name))) {
    refuse("no such family", name);
  }
  const auto at = values_.find(series);
  return at == values_.end() ? 0 : at->second;
}

double Scrape::sum(const std::string& name) const {
  double sum = 0;
  for (const auto& [series, value] : values_) {
    if (series.substr(0, series.find('{')) == name) sum += value;
  }
  return sum;
}

}  // namespace transcribed::tests
