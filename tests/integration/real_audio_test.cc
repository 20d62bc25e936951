// From a recording of speech to its transcript, with the model that needs no configuration; and
// recordings that are none.
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/integration/daemon_fixture.h"

namespace transcribed::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class RealAudio : public DaemonTest {
 protected:
  // Uploads and waits for the end.
  boost::json::object transcribe(const std::string& name, const std::string& bytes) {
    const HttpAnswer answer = api().upload(name, bytes);
    EXPECT_EQ(answer.status, 201) << answer.body;
    const std::string id = text_at(answer.json(), "id");
    EXPECT_EQ(text_at(answer.json(), "name"), name);
    return api().wait_for(id, "completed");
  }

  std::size_t uploads_kept() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(data_folder() / "uploads"), {}));
  }
};

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::filesystem::path sentence_file(const std::string& number) {
  return std::filesystem::path(TRANSCRIBED_SENTENCES) /
         ("sense_and_sensibility_01_austen_64kb-" + number + ".wav");
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::multiset<std::string> words_of(const std::string& text) {
  std::istringstream words(lower(text));
  return {std::istream_iterator<std::string>(words), {}};
}

// What was read, from the package's own list.
std::string read_aloud(const std::string& number) {
  std::ifstream file(std::filesystem::path(TRANSCRIBED_SENTENCES) / "transcription");
  for (std::string line; std::getline(file, line);) {
    if (line.find("-" + number + ")") == std::string::npos) continue;
    const auto from = line.find("<s>") + 3;
    return line.substr(from, line.find("</s>") - from);
  }
  return "";
}

double share_heard(const std::string& heard, const std::string& read) {
  const std::multiset<std::string> said = words_of(read);
  std::multiset<std::string> left = words_of(heard);
  std::size_t found = 0;
  for (const std::string& word : said) {
    if (const auto at = left.find(word); at != left.end()) {
      left.erase(at);
      ++found;
    }
  }
  return static_cast<double>(found) / static_cast<double>(said.size());
}

TEST_F(RealAudio, FiveSentencesOfAReadingBecomeText) {
  start("");
  double heard = 0;
  std::vector<std::string> ids;
  const std::vector<std::string> numbers = {"0870", "0880", "0890", "0920", "0930"};
  for (const std::string& number : numbers) {
    const HttpAnswer answer = api().upload(number + ".wav", bytes_of(sentence_file(number)));
    ASSERT_EQ(answer.status, 201) << answer.body;
    ids.push_back(text_at(answer.json(), "id"));
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const boost::json::object job = api().wait_for(ids[i], "completed");
    ASSERT_EQ(text_at(job, "state"), "completed") << boost::json::serialize(job);
    EXPECT_EQ(text_at(job, "model"), "pocketsphinx");
    heard += share_heard(api().transcript(ids[i], "txt"), read_aloud(numbers[i]));
  }
  // About one word in four is wrong.
  EXPECT_GT(heard / static_cast<double>(numbers.size()), 0.6);
  stop();
}

TEST_F(RealAudio, AFinishedJobTellsItsWholeStoryInEveryFormat) {
  start("");
  const boost::json::object job = transcribe("sentence.wav", bytes_of(sentence_file("0870")));
  const std::string id = text_at(job, "id");
  const double seconds =
      static_cast<double>(std::filesystem::file_size(sentence_file("0870")) - 44) / 32000;
  EXPECT_EQ(text_at(job, "state"), "completed");
  EXPECT_NEAR(job.at("audio_seconds").to_number<double>(), seconds, 0.1);
  EXPECT_EQ(job.at("progress").to_number<double>(), 1);
  EXPECT_EQ(number_at(job, "attempt"), 1);
  EXPECT_TRUE(job.at("reason").is_null());
  EXPECT_TRUE(job.at("error").is_null());
  EXPECT_LE(text_at(job, "created_at"), text_at(job, "started_at"));
  EXPECT_LT(text_at(job, "started_at"), text_at(job, "ended_at"));
  EXPECT_THAT(text_at(job, "ended_at"),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{3}Z"));

  const std::string text = api().transcript(id, "txt");
  EXPECT_GT(words_of(text).size(), 5U);
  const std::string first = text.substr(0, text.find_first_of(" \n"));
  EXPECT_THAT(api().transcript(id, "srt"),
              AllOf(StartsWith("1\n00:00:0"), HasSubstr(" --> "), HasSubstr(first)));
  EXPECT_THAT(api().transcript(id, "vtt"), AllOf(StartsWith("WEBVTT\n"), HasSubstr(first)));
  const boost::json::object all = boost::json::parse(api().transcript(id, "json")).as_object();
  EXPECT_NEAR(all.at("duration_s").to_number<double>(), seconds, 0.1);
  double end = 0;
  for (const boost::json::value& segment : all.at("segments").as_array()) {
    EXPECT_GE(segment.at("start").to_number<double>(), end);
    end = segment.at("end").to_number<double>();
    EXPECT_GT(end, segment.at("start").to_number<double>());
  }
  EXPECT_LE(end, seconds + 0.1);
  EXPECT_EQ(api().get("/api/jobs/" + id + "/transcript?format=doc").status, 400);
  stop();
}

TEST_F(RealAudio, ARecordingIsNamedByPathAsWell) {
  start("", {"--allowed-paths", TRANSCRIBED_SENTENCES});
  const std::string id = api().submit(sentence_file("0930"));
  EXPECT_EQ(text_at(api().wait_for(id, "completed"), "state"), "completed");
  EXPECT_EQ(uploads_kept(), 0U);
  stop();
}

TEST_F(RealAudio, WhatIsNoRecordingFailsWithWordsThatSayWhy) {
  start("");
  const std::string wav = bytes_of(sentence_file("0870"));
  struct Bad {
    std::string name;
    std::string bytes;
    std::string says;
  };
  const std::string no_samples = wav.substr(0, 40) + std::string(4, '\0');
  for (const Bad& bad :
       {Bad{"notes.mp3", "Buy milk.\nCall the bank.\n", "not a recording"},
        Bad{"silence.wav", no_samples, "0 seconds"}, Bad{"cut.wav", wav.substr(0, 30), ""}}) {
    const boost::json::object job = transcribe(bad.name, bad.bytes);
    EXPECT_EQ(text_at(job, "state"), "failed") << bad.name;
    const boost::json::object& error = job.at("error").as_object();
    EXPECT_EQ(text_at(error, "kind"), "bad_media") << bad.name;
    EXPECT_THAT(text_at(error, "message"), HasSubstr(bad.says)) << bad.name;
    EXPECT_GT(text_at(error, "message").size(), 10U) << bad.name;
    EXPECT_EQ(number_at(job, "attempt"), 1) << "trying again would not help";
    EXPECT_EQ(api().get("/api/jobs/" + text_at(job, "id") + "/transcript?format=txt").status, 409);
  }
  stop();
}

TEST_F(RealAudio, ARecordingCutInTheMiddleGivesWhatIsThere) {
  start("");
  const std::string wav = bytes_of(sentence_file("0870"));
  const boost::json::object job = transcribe("half.wav", wav.substr(0, wav.size() / 2));
  EXPECT_EQ(text_at(job, "state"), "completed");
  EXPECT_NEAR(job.at("audio_seconds").to_number<double>(),
              static_cast<double>(wav.size()) / 2 / 32000, 0.2);
  stop();
}

TEST_F(RealAudio, WhatCannotBeSubmittedIsRefusedWithItsOwnError) {
  start("");
  const HttpAnswer empty = api().upload("empty.wav", "");
  EXPECT_EQ(empty.status, 400);
  EXPECT_EQ(empty.code(), "file_empty");

  const HttpAnswer missing =
      api().post("/api/jobs", {{"path", (folder_.path() / "nothing.wav").string()}});
  EXPECT_EQ(missing.status, 400);
  EXPECT_EQ(missing.code(), "file_not_found");
  EXPECT_THAT(missing.message(), HasSubstr("nothing.wav"));

  const HttpAnswer outside = api().post("/api/jobs", {{"path", "/etc/passwd"}});
  EXPECT_EQ(outside.status, 403);
  EXPECT_EQ(outside.code(), "path_not_allowed");
  std::filesystem::create_symlink("/etc/passwd", folder_.path() / "innocent.wav");
  EXPECT_EQ(api().post("/api/jobs", {{"path", (folder_.path() / "innocent.wav").string()}}).status,
            403);

  const HttpAnswer unknown = api().upload("a.wav", "x", {{"model", "huge"}});
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.message(), AllOf(HasSubstr("huge"), HasSubstr("pocketsphinx")));
  const HttpAnswer not_here = api().upload("a.wav", "x", {{"model", "large-v3"}});
  EXPECT_EQ(not_here.status, 400);
  EXPECT_THAT(not_here.message(), HasSubstr("large-v3"));

  EXPECT_EQ(api().get("/api/jobs/nosuchjob").status, 404);
  EXPECT_EQ(uploads_kept(), 0U);
  EXPECT_EQ(number_at(api().get("/api/resources").json(), "pending_jobs"), 0);
  stop();
}

TEST_F(RealAudio, AWarmWorkerServesOneJobAfterAnother) {
  start("", {"--log-level", "debug"});
  const std::string wav = bytes_of(sentence_file("0930"));
  EXPECT_EQ(text_at(transcribe("first.wav", wav), "state"), "completed");
  EXPECT_EQ(text_at(transcribe("second.wav", wav), "state"), "completed");
  EXPECT_EQ(daemon_->lines_with("Model pocketsphinx loaded").size(), 1U);
  stop();
}

}  // namespace
}  // namespace transcribed::tests
