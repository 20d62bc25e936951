#include "http/local_path.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace transcribed::http {
namespace {

namespace fs = std::filesystem;

class LocalPathTest : public testing::Test {
 protected:
  LocalPathTest() {
    auto name = (fs::temp_directory_path() / "local-path-XXXXXX").string();
    root = fs::canonical(mkdtemp(name.data()));
    fs::create_directories(root / "allowed/sub");
    fs::create_directories(root / "allowed2");
    fs::create_directories(root / "secret");
    write("allowed/a.wav", "sound");
    write("allowed/sub/b.wav", "sound");
    write("allowed/empty.wav", "");
    write("allowed2/c.wav", "sound");
    write("secret/s.wav", "sound");
  }
  ~LocalPathTest() override { fs::remove_all(root); }

  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(root / name) << bytes;
  }

  // The path relative to the root, or the error.
  std::string check(const std::string& path) {
    const auto result = check_local_path(
        path.starts_with("allowed") || path.starts_with("secret") ? (root / path).string() : path,
        allowed);
    if (result) return fs::path(*result).lexically_relative(root);
    EXPECT_EQ(result.error().param, "path");
    EXPECT_EQ(result.error().status, result.error().code == "path_not_allowed" ? 403 : 400);
    return result.error().code;
  }

  fs::path root;
  std::vector<std::string> allowed{};

  void SetUp() override { allowed = {(root / "allowed").string()}; }
};

TEST_F(LocalPathTest, FilesInsideAreTaken) {
  EXPECT_EQ(check("allowed/a.wav"), "allowed/a.wav");
  EXPECT_EQ(check("allowed/sub/../a.wav"), "allowed/a.wav");
  EXPECT_EQ(check("allowed//sub/./b.wav"), "allowed/sub/b.wav");
}

TEST_F(LocalPathTest, EachFailureHasItsOwnError) {
  EXPECT_EQ(check("a.wav"), "path_relative");
  EXPECT_EQ(check(""), "path_relative");
  EXPECT_EQ(check(std::string("/a\0b", 4)), "path_invalid");
  EXPECT_EQ(check("secret/s.wav"), "path_not_allowed");
  EXPECT_EQ(check("allowed/none.wav"), "file_not_found");
  EXPECT_EQ(check("allowed/none/none.wav"), "file_not_found");
  EXPECT_EQ(check("allowed/a.wav/x"), "file_not_found");
  EXPECT_EQ(check("allowed/sub"), "path_is_folder");
  EXPECT_EQ(check("allowed"), "path_is_folder");
  EXPECT_EQ(check("allowed/empty.wav"), "file_empty");
  ASSERT_EQ(mkfifo((root / "allowed/fifo").c_str(), 0600), 0);
  EXPECT_EQ(check("allowed/fifo"), "not_a_file");
  if (geteuid() != 0) {
    fs::permissions(root / "allowed/a.wav", fs::perms::none);
    EXPECT_EQ(check("allowed/a.wav"), "file_not_readable");
  }
}

TEST_F(LocalPathTest, DotsAndLookAlikesDoNotLeadOut) {
  EXPECT_EQ(check("allowed/../secret/s.wav"), "path_not_allowed");
  EXPECT_EQ(check("allowed/none/../../secret/s.wav"), "path_not_allowed");
  EXPECT_EQ(check("allowed2/c.wav"), "path_not_allowed");  // "allowed" is only its beginning
}

TEST_F(LocalPathTest, SymbolicLinksDoNotLeadOut) {
  fs::create_symlink(root / "secret/s.wav", root / "allowed/link.wav");
  fs::create_directory_symlink(root / "secret", root / "allowed/linked");
  fs::create_symlink(root / "secret/later.wav", root / "allowed/dangling.wav");
  fs::create_symlink("loop.wav", root / "allowed/loop.wav");
  EXPECT_EQ(check("allowed/link.wav"), "path_not_allowed");
  EXPECT_EQ(check("allowed/linked/s.wav"), "path_not_allowed");
  EXPECT_NE(check("allowed/dangling.wav"), "allowed/dangling.wav");
  EXPECT_NE(check("allowed/loop.wav"), "allowed/loop.wav");
  fs::create_symlink(root / "allowed/a.wav", root / "allowed/inner.wav");
  EXPECT_EQ(check("allowed/inner.wav"), "allowed/a.wav");
}

TEST_F(LocalPathTest, AnAllowedFolderMayItselfBeALink) {
  fs::create_directory_symlink(root / "allowed", root / "entry");
  allowed = {(root / "entry").string()};
  EXPECT_EQ(check("allowed/a.wav"), "allowed/a.wav");
  EXPECT_EQ(check((root / "entry/a.wav").string()), "allowed/a.wav");
}

TEST_F(LocalPathTest, WhatExistsOutsideIsNotTold) {
  EXPECT_EQ(check("secret/s.wav"), check("secret/none.wav"));
}

TEST_F(LocalPathTest, NothingIsAllowedByDefault) {
  allowed.clear();
  EXPECT_EQ(check("allowed/a.wav"), "path_not_allowed");
  EXPECT_NE(check_local_path("/a", {}).error().message.find("storage.allowed_paths"),
            std::string::npos);
}

TEST_F(LocalPathTest, AnAllowedFolderThatIsGoneAllowsNothing) {
  allowed = {(root / "gone").string()};
  EXPECT_EQ(check("allowed/a.wav"), "path_not_allowed");
}

TEST_F(LocalPathTest, TheRootFolderAllowsEverything) {
  allowed = {"/"};
  EXPECT_EQ(check("secret/s.wav"), "secret/s.wav");
}

}  // namespace
}  // namespace transcribed::http
