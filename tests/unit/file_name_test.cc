#include "wire/file_name.h"

#include <string>

#include <gtest/gtest.h>

namespace transcribed::wire {
namespace {

TEST(FileName, ForDisplayHoldsNoFolders) {
  EXPECT_EQ(display_name("../../etc/passwd"), "passwd");
  EXPECT_EQ(display_name(R"(C:\Music\a.mp3)"), "a.mp3");
  EXPECT_EQ(display_name("a\r\nb\x7f.mp3"), "ab.mp3");
  EXPECT_EQ(display_name("folder/"), "");
  EXPECT_EQ(display_name(std::string(254, 'a') + "\xc3\xa9"), std::string(254, 'a'));
}

TEST(FileName, OfADownloadIsWhatItsServerSays) {
  EXPECT_EQ(download_name("attachment; filename=\"talk one.mp3\"", "/d?id=5"), "talk one.mp3");
  EXPECT_EQ(download_name("inline; filename=a.mp3", "/b.mp3"), "a.mp3");
  EXPECT_EQ(download_name("attachment; filename=e.mp3; filename*=UTF-8''%C3%A9.mp3", "/"),
            "\xc3\xa9.mp3");
  EXPECT_EQ(download_name("attachment; filename=e.mp3; filename*=latin1''%E9.mp3", "/"), "e.mp3");
}

TEST(FileName, OfADownloadIsElseTheLastOfItsUrl) {
  EXPECT_EQ(download_name("", "/talks/first%20talk.mp3"), "first talk.mp3");
  EXPECT_EQ(download_name("attachment", "/a.mp3"), "a.mp3");
  EXPECT_EQ(download_name("; broken", "/a.mp3"), "a.mp3");
  EXPECT_EQ(download_name("attachment; filename=\"\"", "/a.mp3"), "a.mp3");
  EXPECT_EQ(download_name("", "/100%.mp3"), "100%.mp3");
  EXPECT_EQ(download_name("", "/talks/"), "");
  EXPECT_EQ(download_name("", "/"), "");
  EXPECT_EQ(download_name("", ""), "");
}

TEST(FileName, OfADownloadLeadsNowhere) {
  EXPECT_EQ(download_name("attachment; filename=\"../../etc/passwd\"", "/"), "passwd");
  EXPECT_EQ(download_name("attachment; filename*=UTF-8''..%2F..%2Fpasswd", "/"), "passwd");
  EXPECT_EQ(download_name("attachment; filename=\"..\"", "/.."), "");
  EXPECT_EQ(download_name("", "/%2e%2e"), "");
  EXPECT_EQ(download_name("", "/a%2F..%2F.ssh"), ".ssh");
  EXPECT_EQ(download_name("", "/a%00%0Ab.mp3"), "ab.mp3");
  EXPECT_EQ(download_name("", "/%ff.mp3"), "\xEF\xBF\xBD.mp3");
}

}  // namespace
}  // namespace transcribed::wire
