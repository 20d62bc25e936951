#include "core/default_folders.h"

#include <map>

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

Variable of(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto at = values.find(name);
    if (at == values.end()) return std::nullopt;
    return at->second;
  };
}

TEST(DefaultFolders, FollowTheXdgSpecification) {
  EXPECT_EQ(default_data_dir(false, of({{"HOME", "/home/u"}})), "/home/u/.local/share/transcribed");
  EXPECT_EQ(default_data_dir(false, of({{"HOME", "/home/u"}, {"XDG_DATA_HOME", "/d"}})),
            "/d/transcribed");
  EXPECT_EQ(default_data_dir(false, of({{"HOME", "/home/u"}, {"XDG_DATA_HOME", "d"}})),
            "/home/u/.local/share/transcribed");
  EXPECT_EQ(default_data_dir(true, of({{"HOME", "/root"}, {"XDG_DATA_HOME", "/d"}})),
            "/var/lib/transcribed");
}

TEST(DefaultFolders, WithoutAHomeThereIsNone) {
  EXPECT_EQ(default_data_dir(false, of({})), "");
  EXPECT_EQ(default_data_dir(false, of({{"HOME", "relative"}})), "");
  EXPECT_EQ(models_dir_in(""), "");
}

TEST(DefaultFolders, ModelsLieInTheDataFolder) {
  EXPECT_EQ(models_dir_in("/d"), "/d/models");
  EXPECT_EQ(models_dir_in("/d/"), "/d/models");
}

}  // namespace
}  // namespace transcribed::core
