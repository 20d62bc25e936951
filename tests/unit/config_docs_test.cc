// What is documented is what there is.
#include <algorithm>
#include <iterator>

#include "daemon/config_settings.h"
#include "tests/unit/config_fixture.h"

namespace transcribed::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// The row of the reference that begins with `key`.
std::string row_of(const std::string& reference, const std::string& key) {
  const auto start = reference.find("\n| `" + key + "` |");
  if (start == std::string::npos) return "";
  return reference.substr(start + 1, reference.find('\n', start + 1) - start - 1);
}

TEST(ConfigReference, HasARowForEveryKey) {
  const std::string reference = content_of(DOCS "/configuration.md");
  for (const std::string& key : config_keys()) EXPECT_NE(row_of(reference, key), "") << key;
}

TEST(ConfigReference, NamesFlagVariableAndDefaultOfEverySetting) {
  const std::string reference = content_of(DOCS "/configuration.md");
  for (const Setting& setting : settings()) {
    const std::string row = row_of(reference, setting.name());
    EXPECT_THAT(row, HasSubstr("`" + setting.variable() + "`"));
    if (setting.has_flag) {
      EXPECT_THAT(row, HasSubstr("`" + setting.flag() + "`"));
    }
    if (setting.type == ValueType::integer) {
      EXPECT_THAT(row, HasSubstr("| `" + setting.show(Config()) + "` |"));
    }
  }
}

TEST(ConfigReference, NamesNoKeyThatIsNot) {
  const std::string reference = content_of(DOCS "/configuration.md");
  const std::vector<std::string> keys = config_keys();
  for (auto at = reference.find("\n| `"); at != std::string::npos;
       at = reference.find("\n| `", at + 1)) {
    const auto begin = at + 4;
    const std::string key = reference.substr(begin, reference.find('`', begin) - begin);
    if (key.find('.') == std::string::npos || key.find('/') != std::string::npos) continue;
    EXPECT_NE(std::find(keys.begin(), keys.end(), key), keys.end()) << key;
  }
}

TEST(ConfigManPage, DescribesEveryKeyAndNoOther) {
  const std::string page = content_of(MAN_PAGES "/transcribed.toml.5");
  const std::vector<std::string> keys = config_keys();
  for (const std::string& key : keys) EXPECT_THAT(page, HasSubstr("\n.It Ic " + key + "\n"));
  for (auto at = page.find("\n.It Ic "); at != std::string::npos;
       at = page.find("\n.It Ic ", at + 1)) {
    const auto begin = at + std::string("\n.It Ic ").size();
    const std::string key = page.substr(begin, page.find('\n', begin) - begin);
    EXPECT_NE(std::find(keys.begin(), keys.end(), key), keys.end()) << key;
  }
  for (const Setting& setting : settings()) {
    EXPECT_THAT(page, HasSubstr(".Pq Ev " + setting.variable() + "\n"));
  }
}

class ConfigExample : public ConfigFixture {};

TEST_F(ConfigExample, IsTakenWithoutAWarning) {
  const Config c = config({"--config", DOCS "/transcribed.example.toml"});
  EXPECT_THAT(c.warnings, ElementsAre());
  EXPECT_EQ(c.default_model, "mine");
  EXPECT_EQ(c.resources, core::ResourcePolicy{}) << "the example shows the defaults";
  EXPECT_EQ(c.gpus.at(1).slots, 2);
  EXPECT_EQ(c.models.size(), 3U);
}

}  // namespace
}  // namespace transcribed::daemon
