#include "http/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace transcribed::http {
namespace {

// Writes down what it is handed, file pieces joined, so that runs cut differently can be compared.
struct Recorder : MultipartReader {
  std::vector<std::string> seen;
  std::string stop_at;

  bool on_field(std::string name, std::string value) override {
    seen.push_back("field " + name + "=" + value);
    return name != stop_at;
  }
  bool on_file(std::string name, std::string file_name) override {
    seen.push_back("file " + name + " " + file_name + ": ");
    return name != stop_at;
  }
  bool on_file_data(std::string_view piece) override {
    seen.back() += piece;
    return true;
  }
  bool on_file_end() override {
    seen.back() += " end";
    return true;
  }
};

using Result = MultipartParser::Result;

struct Outcome {
  Result result = Result::more;
  std::string code;
  std::vector<std::string> seen;
  bool operator==(const Outcome&) const = default;
};

Outcome parse(const std::vector<std::string_view>& pieces, MultipartLimits limits = {}) {
  Recorder recorder;
  MultipartParser parser("XX", recorder, limits);
  Result result = Result::more;
  for (const auto piece : pieces) result = parser.feed(piece);
  if (result == Result::more) result = parser.finish();
  return {result, parser.error().code, recorder.seen};
}

Outcome parse(std::string_view body, MultipartLimits limits = {}) {
  return parse(std::vector<std::string_view>{body}, limits);
}

const std::string two_parts =
    "--XX\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nmedium\r\n"
    "--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a b.mp3\"\r\n"
    "Content-Type: audio/mpeg\r\n\r\nbytes\r\n--X\r\n--XY\r--XX\r\n\n--\r\n--XX--\r\n";

TEST(MultipartTest, FieldsAreCollectedAndFilesHandedOn) {
  const auto outcome = parse(two_parts);
  EXPECT_EQ(outcome.result, Result::done);
  EXPECT_THAT(outcome.seen,
              testing::ElementsAre("field model=medium",
                                   "file file a b.mp3: bytes\r\n--X\r\n--XY\r--XX\r\n\n-- end"));
}

TEST(MultipartTest, EveryPlaceToCutABodyGivesTheSame) {
  const std::vector<std::string> bodies{
      two_parts,
      "preamble\r\nof lines\r\n" + two_parts + "epilogue",
      "--XX  \t\r\nContent-Disposition: form-data; name=empty\r\n\r\n\r\n--XX--",
      "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n\r\r\n\r\n--XX--",
      "--XX\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\ncut short\r\n--X",
      "--XX\r\nno colon\r\n\r\n\r\n--XX--",
  };
  for (const auto& body : bodies) {
    const auto whole = parse(body);
    for (std::size_t first = 0; first <= body.size(); ++first) {
      const std::string_view text = body;
      ASSERT_EQ(parse({text.substr(0, first), text.substr(first)}), whole) << body << first;
      for (std::size_t second = first; second <= body.size(); ++second) {
        ASSERT_EQ(
            parse({text.substr(0, first), text.substr(first, second - first), text.substr(second)}),
            whole)
            << body << first << "," << second;
      }
    }
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < body.size(); ++i)
      bytes.push_back(std::string_view(body).substr(i, 1));
    ASSERT_EQ(parse(bytes), whole) << body;
  }
}

TEST(MultipartTest, BinaryContentFullOfNearBoundariesComesThrough) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string content;
    for (int i = 0; i < 300; ++i) content += "\r\n-XY"[random() % 5];
    if (content.find("\r\n--XX") != std::string::npos) continue;
    const auto body = "--XX\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n" +
                      content + "\r\n--XX--\r\n";
    std::vector<std::string_view> pieces;
    for (std::string_view rest = body; !rest.empty();) {
      const auto n = std::min<std::size_t>(rest.size(), 1 + random() % 9);
      pieces.push_back(rest.substr(0, n));
      rest.remove_prefix(n);
    }
    ASSERT_THAT(parse(pieces).seen, testing::ElementsAre("file f x: " + content + " end"));
  }
}

TEST(MultipartTest, AnEmptyPartIsEmpty) {
  EXPECT_THAT(parse("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--XX--").seen,
              testing::ElementsAre("field a="));
}

TEST(MultipartTest, NoPartsAtAllIsDone) { EXPECT_EQ(parse("--XX--\r\n").result, Result::done); }

TEST(MultipartTest, FileNamesQuotedEscapedAndExtended) {
  const auto name_of = [](const std::string& parameters) {
    return parse("--XX\r\nContent-Disposition: form-data; name=f; " + parameters +
                 "\r\n\r\n\r\n--XX--")
        .seen;
  };
  EXPECT_THAT(name_of(R"(filename="a\"b;c.mp3")"), testing::ElementsAre("file f a\"b;c.mp3:  end"));
  EXPECT_THAT(name_of(R"(filename="C:\old\a.mp3")"),
              testing::ElementsAre(R"(file f C:\old\a.mp3:  end)"));
  EXPECT_THAT(name_of("filename=plain.mp3"), testing::ElementsAre("file f plain.mp3:  end"));
  EXPECT_THAT(name_of("filename=\"x\"; filename*=UTF-8''na%C3%AFve.mp3"),
              testing::ElementsAre("file f naïve.mp3:  end"));
  EXPECT_THAT(name_of("filename=\"x\"; filename*=latin1''na%EFve.mp3"),
              testing::ElementsAre("file f x:  end"));
}

TEST(MultipartTest, WhatIsMalformedIsAnErrorByName) {
  const auto code = [](const std::string& body) { return parse(body).code; };
  EXPECT_EQ(code(""), "body_cut_short");
  EXPECT_EQ(code("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--XX\r\n"),
            "body_cut_short");
  EXPECT_EQ(code("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--XX-"),
            "body_cut_short");
  EXPECT_EQ(code("--XX\r\n\r\nno disposition\r\n--XX--"), "malformed_multipart");
  EXPECT_EQ(code("--XX\r\nContent-Disposition: form-data\r\n\r\n\r\n--XX--"),
            "malformed_multipart");
  EXPECT_EQ(code("--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--XX--"),
            "malformed_multipart");
  EXPECT_EQ(code("--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\n\r\n--XX--"),
            "malformed_multipart");
  EXPECT_EQ(code("--XXtail\r\n"), "malformed_multipart");
  EXPECT_EQ(code("--XX-tail\r\n"), "malformed_multipart");
  EXPECT_EQ(code("--XX\r\nContent-Disposition: form-data; name=a\r\n"
                 "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--XX--"),
            "unsupported_encoding");
}

TEST(MultipartTest, LimitsHold) {
  const auto field = [](const std::string& name, std::size_t bytes) {
    return "--XX\r\nContent-Disposition: form-data; name=" + name + "\r\n\r\n" +
           std::string(bytes, 'x') + "\r\n";
  };
  MultipartLimits limits;
  EXPECT_EQ(parse(field("a", limits.field_bytes) + "--XX--").result, Result::done);
  EXPECT_EQ(parse(field("a", limits.field_bytes + 1) + "--XX--").code, "field_too_large");
  std::string many;
  for (int i = 0; i < 17; ++i) many += field("a", limits.field_bytes);
  EXPECT_EQ(parse(many + "--XX--").code, "fields_too_large");
  std::string parts;
  for (std::size_t i = 0; i <= limits.parts; ++i) parts += field("a", 1);
  EXPECT_EQ(parse(parts + "--XX--").code, "too_many_parts");
  EXPECT_EQ(parse("--XX\r\nX: " + std::string(limits.part_header_bytes, 'x')).code,
            "part_header_too_large");
  EXPECT_EQ(parse(std::string(limits.preamble_bytes + 10, 'x')).code, "boundary_not_found");
}

TEST(MultipartTest, TheReaderCanStop) {
  Recorder recorder;
  recorder.stop_at = "model";
  MultipartParser parser("XX", recorder);
  EXPECT_EQ(parser.feed(two_parts), Result::stopped);
  EXPECT_EQ(parser.feed("more"), Result::stopped);
  EXPECT_EQ(recorder.seen.size(), 1U);
}

TEST(MultipartBoundaryTest, IsFoundInContentType) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\""), "a b:c");
  EXPECT_EQ(multipart_boundary("multipart/form-data"), std::nullopt);
  EXPECT_EQ(multipart_boundary("multipart/mixed; boundary=abc"), std::nullopt);
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=\"" + std::string(71, 'a') + "\""),
            std::nullopt);
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=\"a\r\n\""), std::nullopt);
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=a; boundary=b"), std::nullopt);
}

}  // namespace
}  // namespace transcribed::http
