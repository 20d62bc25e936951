#include "core/suggestion.h"

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

const std::vector<std::string> keys = {"listen", "data_dir", "vram_per_job_mb", "ram_per_job_mb"};

TEST(Suggestion, IsTheNearestCandidate) {
  EXPECT_EQ(closest("lisen", keys), "listen");
  EXPECT_EQ(closest("lsiten", keys), "listen") << "swapped neighbours are one slip";
  EXPECT_EQ(closest("vram_per_job", keys), "vram_per_job_mb");
  EXPECT_EQ(closest("ramm_per_job_mb", keys), "ram_per_job_mb");
  EXPECT_EQ(closest("datadir", keys), "data_dir");
  EXPECT_EQ(closest("vram", keys), "vram_per_job_mb") << "a beginning";
}

TEST(Suggestion, IsNoneWhereNoSlipExplainsTheWord) {
  EXPECT_EQ(closest("quux", keys), std::nullopt);
  EXPECT_EQ(closest("", keys), std::nullopt);
  EXPECT_EQ(closest("x", {}), std::nullopt);
  EXPECT_EQ(closest(std::string(10'000, 'x'), keys), std::nullopt);
}

TEST(Suggestion, EndsASentence) {
  EXPECT_EQ(did_you_mean("lisen", keys), "; did you mean listen?");
  EXPECT_EQ(did_you_mean("quux", keys), "");
}

}  // namespace
}  // namespace transcribed::core
