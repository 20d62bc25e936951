// An answer of /metrics, read as strictly as a scraper may: whatever is not as Prometheus' text
// format (version 0.0.4) wants it throws std::runtime_error with the line.
#pragma once

#include <map>
#include <set>
#include <string>

namespace transcribed::tests {

class Scrape {
 public:
  explicit Scrape(const std::string& text);

  struct Family {
    std::string help;
    std::string type;              // counter | gauge | histogram
    std::set<std::string> labels;  // without a histogram's own "le"
  };
  const std::map<std::string, Family>& families() const { return families_; }
  // Of families and, for histograms, NAME_bucket, NAME_sum and NAME_count.
  bool has_name(const std::string& name) const { return names_.contains(name); }
  // A series as it stands there: `transcribed_jobs{state="queued"}`. 0 for one that is not there,
  // which is what a counter is before it counts; of a family that is not there it throws.
  double value(const std::string& series) const;
  // Over all series of that name.
  double sum(const std::string& name) const;

 private:
  void read_comment(const std::string& line);
  void read_sample(const std::string& line);
  void check_histograms() const;

  std::map<std::string, Family> families_;
  std::map<std::string, double> values_;  // by series
  std::set<std::string> names_;
  std::string family_;  // of the lines being read
};

}  // namespace transcribed::tests
