#include "wire/openai_json.h"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "core/transcript_text.h"
#include "wire/compression_ratio.h"

namespace transcribed::wire {
namespace {

namespace json = boost::json;
using testing::UnorderedElementsAre;

core::Segment segment(std::string text, std::vector<core::Word> words = {}) {
  core::Segment out;
  out.end_s = 1;
  out.text = std::move(text);
  out.words = std::move(words);
  return out;
}

json::object read(const std::string& text) { return json::parse(text).as_object(); }

std::vector<std::string> keys(const json::object& object) {
  std::vector<std::string> names;
  for (const auto& field : object) names.emplace_back(field.key());
  return names;
}

std::string joined(const json::object& from, std::string_view list, std::string_view key) {
  std::string text;
  for (const json::value& one : from.at(list).as_array()) {
    text += std::string_view(one.at(key).as_string());
  }
  return text;
}

TEST(VerboseJson, HasAllTenFieldsOfASegmentWhateverTheEngineTells) {
  const json::object body = read(to_verbose_json({"en", 1.5, {segment("a")}}, {}));
  EXPECT_THAT(keys(body),
              UnorderedElementsAre("task", "language", "duration", "text", "segments", "usage"));
  EXPECT_THAT(keys(body.at("segments").at(0).as_object()),
              UnorderedElementsAre("id", "seek", "start", "end", "text", "tokens", "temperature",
                                   "avg_logprob", "compression_ratio", "no_speech_prob"));
  EXPECT_EQ(body.at("usage").at("type").as_string(), "duration");
  EXPECT_EQ(body.at("usage").at("seconds").to_number<double>(), 2);
  const json::object warm =
      read(to_verbose_json({"en", 1, {segment("a")}}, {.task = {}, .temperature = 0.5}));
  EXPECT_EQ(warm.at("segments").at(0).at("temperature").to_number<double>(), 0.5);
}

TEST(VerboseJson, TheListsAreThoseAskedFor) {
  const core::Transcript transcript{
      "en", 1, {segment("a b", {{0, 0.5, " a", 0.5}, {0.5, 1, "b", {}}})}};
  const json::object words =
      read(to_verbose_json(transcript, {.task = {}, .segments = false, .words = true}));
  EXPECT_FALSE(words.contains("segments"));
  EXPECT_EQ(words.at("words"),
            json::parse(R"([{"word":"a","start":0,"end":0.5},{"word":"b","start":0.5,"end":1}])"));
  const json::object both = read(to_verbose_json(transcript, {.task = {}, .words = true}));
  EXPECT_TRUE(both.contains("words"));
  EXPECT_FALSE(both.at("segments").at(0).as_object().contains("words"));
}

TEST(VerboseJson, NamesTheLanguage) {
  const auto language = [](std::string code, std::string task = "") {
    const std::string body = to_verbose_json({std::move(code), 0, {}}, {.task = std::move(task)});
    return std::string(read(body).at("language").as_string());
  };
  EXPECT_EQ(language("de"), "german");
  EXPECT_EQ(language("pt-BR"), "portuguese");
  EXPECT_EQ(language("german"), "german");
  EXPECT_EQ(language("tlh"), "tlh");
  EXPECT_EQ(language(""), "");
  EXPECT_EQ(language("de", "translate"), "english");
}

TEST(FileJson, LeavesOutWhatIsNotToldAndNamesTheCode) {
  const json::object body = read(to_file_json({"de", 2, {segment("a")}}));
  EXPECT_EQ(body.at("language").as_string(), "de");
  EXPECT_THAT(keys(body.at("segments").at(0).as_object()),
              UnorderedElementsAre("id", "start", "end", "text", "tokens", "compression_ratio"));
}

TEST(FileJson, WordsAreWithinTheirSegments) {
  const core::Transcript transcript{
      "en", 1, {segment("a b", {{0, 0.5, "a", 0.5}, {0.5, 1, "b", {}}})}};
  EXPECT_EQ(read(to_file_json(transcript)).at("segments").at(0).at("words"),
            json::parse(R"([{"word":" a","start":0,"end":0.5,"probability":0.5},)"
                        R"({"word":" b","start":0.5,"end":1}])"));
  EXPECT_FALSE(
      read(to_file_json(transcript, false)).at("segments").at(0).as_object().contains("words"));
}

TEST(FileJson, PiecesPutTogetherAreTheWhole) {
  core::Transcript transcript;
  transcript.segments = {segment(" one"), segment(""), segment("two "), segment("今日は。"),
                         segment("散歩")};
  const json::object body = read(to_file_json(transcript));
  EXPECT_EQ(joined(body, "segments", "text"), " " + core::whole_text(transcript));

  // Words may be cut where no blank is, as in Thai.
  for (const auto& [text, words] :
       {std::pair<std::string, std::vector<std::string>>{"ไป ไหน", {"ไ", "ป", "ไ", "หน"}},
        {"well-known fact", {"well", "-known", "fact"}},
        {"日本 OK", {"日", "本", "OK"}}}) {
    core::Segment one = segment(text);
    for (const std::string& word : words) one.words.push_back({0, 1, word, {}});
    const json::object read_back = read(to_file_json({"", 0, {one}}));
    EXPECT_EQ(joined(read_back.at("segments").at(0).as_object(), "words", "word"),
              read_back.at("segments").at(0).at("text").as_string());
  }
}

TEST(FileJson, TimesAreWholeMillisecondsAndNumbersAreNumbers) {
  core::Segment one = segment("a");
  one.start_s = 30.020000000000003;
  one.end_s = std::nan("");
  one.avg_logprob = -std::numeric_limits<double>::infinity();
  const std::string body = to_file_json({"", 0.1 + 0.2, {one}});
  EXPECT_THAT(body, testing::HasSubstr(R"("start":30.02,"end":0,)"));
  EXPECT_THAT(body, testing::HasSubstr(R"("avg_logprob":0,)"));
  EXPECT_THAT(body, testing::HasSubstr(R"("duration_s":0.3})"));
}

TEST(TextJson, IsTheTextAndWhatItCost) {
  EXPECT_EQ(to_text_json({"en", 61.2, {segment(" a"), segment("b")}}),
            R"({"text":"a b","usage":{"type":"duration","seconds":62}})");
}

TEST(TextEvents, TheDeltasAreTheDone) {
  const core::Transcript transcript{"en", 2, {segment(" a"), segment("b")}};
  core::GrowingText growing;
  EXPECT_EQ(to_text_delta(growing.next(transcript.segments[0])),
            R"({"type":"transcript.text.delta","delta":"a"})");
  EXPECT_EQ(to_text_delta(growing.next(transcript.segments[1])),
            R"({"type":"transcript.text.delta","delta":" b"})");
  EXPECT_EQ(
      to_text_done(transcript),
      R"({"type":"transcript.text.done","text":"a b","usage":{"type":"duration","seconds":2}})");
}

TEST(CompressionRatio, IsOpenAiWhispers) {
  // What Python says: len(text.encode()) / len(zlib.compress(text.encode())).
  CompressionRatio ratio;
  EXPECT_DOUBLE_EQ(ratio.of(""), 0);
  EXPECT_DOUBLE_EQ(ratio.of("And so, my fellow Americans,"), 28.0 / 36);
  std::string stuck;
  for (int i = 0; i < 1000; ++i) stuck += "again and ";
  EXPECT_GT(ratio.of(stuck), 100);
  EXPECT_DOUBLE_EQ(ratio.of("And so, my fellow Americans,"), 28.0 / 36) << "nothing is left over";
}

}  // namespace
}  // namespace transcribed::wire
