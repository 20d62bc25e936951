#include "http/job_parameters.h"

#include <gtest/gtest.h>

namespace transcribed::http {
namespace {

using namespace std::string_literals;

std::string code_of(const std::optional<ApiError>& error) { return error ? error->code : "none"; }
std::string form(const std::string& field, const std::string& value) {
  JobParameters parameters;
  const auto error = parameters.set(field, value);
  if (error) {
    EXPECT_EQ(error->status, 400);
    EXPECT_EQ(error->param, field);
  }
  return code_of(error);
}
std::string json(const std::string& field, const boost::json::value& value) {
  JobParameters parameters;
  return code_of(parameters.set(field, value));
}

TEST(JobParametersTest, AllFieldsOfAForm) {
  JobParameters parameters;
  for (const auto& [field, value] :
       std::vector<std::pair<std::string, std::string>>{{"model", "medium"},
                                                        {"name", "Talk"},
                                                        {"language", "de"},
                                                        {"task", "translate"},
                                                        {"initial_prompt", "Hello,\nworld"},
                                                        {"priority", "-1000"},
                                                        {"temperature", "0.5"},
                                                        {"beam_size", "16"},
                                                        {"word_timestamps", "true"},
                                                        {"deduplicate", "true"}}) {
    EXPECT_EQ(code_of(parameters.set(field, value)), "none") << field;
  }
  EXPECT_EQ(parameters.model, "medium");
  EXPECT_TRUE(parameters.has_model());
  EXPECT_EQ(parameters.name, "Talk");
  EXPECT_EQ(parameters.priority, -1000);
  EXPECT_TRUE(parameters.deduplicate);
  core::TranscribeOptions expected;
  expected.language = "de";
  expected.task = "translate";
  expected.initial_prompt = "Hello,\nworld";
  expected.temperature = 0.5;
  expected.beam_size = 16;
  expected.word_timestamps = true;
  EXPECT_EQ(parameters.options, expected);
}

TEST(JobParametersTest, AllFieldsOfJson) {
  JobParameters parameters;
  EXPECT_EQ(code_of(parameters.set("priority", boost::json::value(7))), "none");
  EXPECT_EQ(code_of(parameters.set("temperature", boost::json::value(1))), "none");
  EXPECT_EQ(code_of(parameters.set("word_timestamps", boost::json::value(true))), "none");
  EXPECT_EQ(code_of(parameters.set("language", boost::json::value(nullptr))), "none");
  EXPECT_EQ(parameters.priority, 7);
  EXPECT_EQ(parameters.options.temperature, 1.0);
  EXPECT_TRUE(parameters.options.word_timestamps);
}

TEST(JobParametersTest, AnUnknownFieldIsNamedAndTheKnownOnesToo) {
  JobParameters parameters;
  const auto error = parameters.set("modle", "medium"s);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, "unknown_field");
  EXPECT_EQ(error->param, "modle");
  EXPECT_NE(error->message.find("word_timestamps"), std::string::npos);
}

TEST(JobParametersTest, PriorityIsWholeAndInRange) {
  for (const auto* good : {"0", "1000", "-1000", "5"}) EXPECT_EQ(form("priority", good), "none");
  for (const auto* bad : {"", "1001", "-1001", "1.5", "high", "5 ", " 5", "nan", "inf", "0x10"}) {
    EXPECT_EQ(form("priority", bad), "bad_value") << bad;
  }
  EXPECT_EQ(json("priority", 1.5), "bad_value");
  EXPECT_EQ(json("priority", "5"), "bad_value");
  EXPECT_EQ(json("priority", 1e300), "bad_value");
}

TEST(JobParametersTest, TemperatureAndBeamSizeAreInRange) {
  for (const auto* good : {"0", "1", "0.25"}) EXPECT_EQ(form("temperature", good), "none");
  for (const auto* bad : {"-0.1", "1.01", "nan", "warm"})
    EXPECT_EQ(form("temperature", bad), "bad_value");
  for (const auto* good : {"1", "16"}) EXPECT_EQ(form("beam_size", good), "none");
  for (const auto* bad : {"0", "17", "2.5"}) EXPECT_EQ(form("beam_size", bad), "bad_value");
}

TEST(JobParametersTest, WordsThatAreChosenFromAFewOrHaveAForm) {
  EXPECT_EQ(form("word_timestamps", "yes"), "bad_value");
  EXPECT_EQ(json("word_timestamps", 1), "bad_value");
  EXPECT_EQ(form("task", "summarise"), "bad_value");
  EXPECT_EQ(form("task", "transcribe"), "none");
  EXPECT_EQ(form("language", "auto"), "none");
  EXPECT_EQ(form("language", "pt-BR"), "none");
  EXPECT_EQ(form("language", "--file=/etc/passwd"), "bad_value");
  EXPECT_EQ(form("language", "e"), "bad_value");
  EXPECT_EQ(form("name", "two\nlines"), "bad_value");
  EXPECT_EQ(form("name", "\xff"), "bad_value");
  EXPECT_EQ(form("name", std::string(256, 'x')), "bad_value");
  EXPECT_EQ(json("name", 5), "bad_value");
}

TEST(JobParametersTest, DeduplicateIsAFlag) {
  EXPECT_EQ(json("deduplicate", true), "none");
  EXPECT_EQ(json("deduplicate", "true"), "bad_value");
  EXPECT_EQ(form("deduplicate", "yes"), "bad_value");
}

TEST(JobParametersTest, AFieldComesOnce) {
  JobParameters parameters;
  EXPECT_EQ(code_of(parameters.set("model", "a"s)), "none");
  EXPECT_EQ(code_of(parameters.set("model", "a"s)), "field_repeated");
}

}  // namespace
}  // namespace transcribed::http
