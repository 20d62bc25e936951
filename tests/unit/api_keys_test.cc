// API keys: the file they are kept in, and who may pass with which.
#include "adapters/api_keys.h"

#include <sys/stat.h>

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/key_ring.h"
#include "tests/integration/temporary_folder.h"

namespace transcribed {
namespace {

using adapters::ApiKey;
using core::KeyLimits;
using http::KeyRing;
using ::testing::HasSubstr;
using tests::TemporaryFolder;

ApiKey key_of(const std::string& name, const std::string& key, KeyLimits limits = {}) {
  return {{name, limits}, adapters::key_digest(key), core::WallTime(core::Milliseconds(1'000))};
}

TEST(ApiKeys, DigestIsSha256) {
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(adapters::key_digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ApiKeys, ANewKeyIsLongAndNoTwoAreTheSame) {
  const std::string key = adapters::new_api_key();
  EXPECT_EQ(key.size(), 47U);
  EXPECT_TRUE(key.starts_with("tsk_"));
  EXPECT_NE(key, adapters::new_api_key());
}

TEST(ApiKeys, AreReadAsTheyWereWritten) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "keys.json";
  EXPECT_THAT(adapters::read_api_keys(file).value(), ::testing::IsEmpty()) << "no file yet";
  const std::vector<ApiKey> keys = {
      key_of("bazarr", "one"),
      key_of("office@home", "two",
             {.max_running = 2, .max_queued = 1000, .max_upload_mb = core::Megabytes{512}})};
  ASSERT_TRUE(adapters::write_api_keys(file, keys));
  EXPECT_EQ(adapters::read_api_keys(file).value(), keys);
  struct stat about {};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST(ApiKeys, ADamagedFileIsSaid) {
  const TemporaryFolder folder;
  for (const std::string content :
       {"", "{", "[]", R"({"keys":{}})", R"({"keys":[{"name":"a"}]})",
        R"({"keys":[{"name":"a b","sha256":"00"}]})", R"({"keys":[7]})"}) {
    const std::string file = folder.write("keys.json", content);
    const auto keys = adapters::read_api_keys(file);
    ASSERT_FALSE(keys) << content;
    EXPECT_THAT(keys.error(), HasSubstr(file + " is no list of API keys"));
  }
}

TEST(ApiKeys, AFileThatCannotBeWrittenIsSaidAndTheOldOneStays) {
  const auto written = adapters::write_api_keys("/nowhere/keys.json", {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), "cannot write /nowhere/keys.json: No such file or directory");
}

TEST(ApiKeys, NamesAreLettersDigitsAndAFew) {
  EXPECT_EQ(adapters::why_bad_key_name("bazarr-2_x.y@z"), "");
  for (const std::string name : {"", "a b", "a/b", "\xc3\xa9", "a\n"}) {
    EXPECT_NE(adapters::why_bad_key_name(name), "") << name;
  }
  EXPECT_NE(adapters::why_bad_key_name(std::string(65, 'a')), "");
}

TEST(KeyRing, WithoutKeysEverybodyMayPass) {
  const TemporaryFolder folder;
  KeyRing ring("", folder.path() / "keys.json");
  EXPECT_FALSE(ring.needs_key());
  EXPECT_EQ(ring.caller("").value(), core::Caller{});
  EXPECT_TRUE(ring.caller("Bearer whatever"));
}

TEST(KeyRing, AsSoonAsThereIsAKeyOneIsAskedFor) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "keys.json";
  const KeyLimits limits{.max_running = 1, .max_queued = {}, .max_upload_mb = {}};
  ASSERT_TRUE(adapters::write_api_keys(file, {key_of("office", "secret", limits)}));
  KeyRing ring("of the config", file);
  EXPECT_EQ(ring.caller("Bearer secret").value(), (core::Caller{"office", limits}));
  EXPECT_EQ(ring.caller("bearer   secret ").value().name, "office");
  EXPECT_EQ(ring.caller("Bearer of the config").value(), (core::Caller{"config", {}}));
  EXPECT_EQ(ring.limits_of("office"), limits);
  EXPECT_EQ(ring.limits_of("nobody"), KeyLimits{});
  for (const std::string wrong : {"", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets",
                                  "Bearer Secret", "Basic secret", "secret"}) {
    const auto refused = ring.caller(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().status, 401);
    EXPECT_EQ(refused.error().headers.at(0).first, "WWW-Authenticate");
  }
}

TEST(KeyRing, NoticesWhatChangesOnDisk) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "keys.json";
  KeyRing ring("", file);
  EXPECT_FALSE(ring.needs_key());
  const auto eventually = [&](bool wanted) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (ring.needs_key() != wanted && std::chrono::steady_clock::now() < deadline) {
    }
    return ring.needs_key() == wanted;
  };
  ASSERT_TRUE(adapters::write_api_keys(file, {key_of("office", "secret")}));
  EXPECT_TRUE(eventually(true));
  ASSERT_TRUE(adapters::write_api_keys(file, {}));
  EXPECT_TRUE(eventually(false));
}

TEST(KeyRing, ADamagedFileLetsNobodyIn) {
  const TemporaryFolder folder;
  KeyRing ring("", folder.write("keys.json", "{ damaged"));
  EXPECT_TRUE(ring.needs_key());
  EXPECT_FALSE(ring.caller("Bearer x"));
}

}  // namespace
}  // namespace transcribed
