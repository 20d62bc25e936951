#include "core/http_url.h"

#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

TEST(HttpUrl, IsOneOrSaysWhyNot) {
  for (const char* url : {"http://a", "https://example.org/talk.mp3?x=1#t", "HTTPS://a:8/b",
                          "http://[::1]:80/x", "http://a?user@b"}) {
    EXPECT_FALSE(why_no_http_url(url)) << url;
  }
  EXPECT_EQ(why_no_http_url("ftp://a/b"), "must begin with http:// or https://");
  EXPECT_EQ(why_no_http_url(""), "must begin with http:// or https://");
  EXPECT_EQ(why_no_http_url("http://"), "names no host");
  EXPECT_EQ(why_no_http_url("http:///path"), "names no host");
  EXPECT_EQ(why_no_http_url("http://:80/"), "names no host");
  EXPECT_TRUE(why_no_http_url("http://me:secret@a/b")->starts_with("holds a user name"));
  EXPECT_TRUE(why_no_http_url("http://a/b c")->starts_with("has a blank"));
  EXPECT_TRUE(why_no_http_url("http://a/\xc3\xa9")->starts_with("has a blank"));
  EXPECT_TRUE(why_no_http_url("http://a/\n")->starts_with("has a blank"));
  const std::string longest = "http://a/" + std::string(longest_url - 9, 'x');
  EXPECT_FALSE(why_no_http_url(longest));
  EXPECT_EQ(why_no_http_url(longest + 'x'), "is longer than 2048 bytes");
}

TEST(HttpUrl, ShowsTheHostAndNothingElse) {
  EXPECT_EQ(url_host("https://example.org:8443/hook/SECRET?key=x"), "example.org:8443");
  EXPECT_EQ(url_host("http://me:secret@a\\b"), "a");
  EXPECT_EQ(url_host("http://[fd00::1]:80/x"), "[fd00::1]:80");
  EXPECT_EQ(url_host("http://a?x=@b"), "a");
}

TEST(HttpUrl, NamesAFile) {
  EXPECT_EQ(url_file_name("https://a/b/talk.mp3?x=/y#/z"), "talk.mp3");
  EXPECT_EQ(url_file_name("https://a/b/"), "");
  EXPECT_EQ(url_file_name("https://a"), "");
  EXPECT_EQ(url_file_name("https://a/my%20talk.mp3"), "my%20talk.mp3");
}

}  // namespace
}  // namespace transcribed::core
