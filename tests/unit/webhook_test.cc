// Webhooks as Standard Webhooks has them.
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "wire/webhook_event.h"
#include "wire/webhook_signature.h"

namespace transcribed::wire {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

// The example that the specification's libraries are tested with.
constexpr std::string_view example_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view example_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t example_time = 1'614'265'330;
constexpr std::string_view example_body = R"({"test": 2432232314})";
constexpr std::string_view example_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// What a Python program prints; the arguments are its sys.argv[1:].
std::string by_python(const std::string& script, const std::vector<std::string>& arguments) {
  std::string command = std::string(TRANSCRIBED_PYTHON) + " -c " + quoted(script);
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string printed;
  for (int c; pipe && (c = std::fgetc(pipe.get())) != EOF;) printed += static_cast<char>(c);
  return printed;
}

// The same by another implementation: Python's hmac.
std::string signed_by_python(const std::string& secret, const std::string& id,
                             std::int64_t timestamp, const std::string& body) {
  return by_python(
      "import base64, hashlib, hmac, sys\n"
      "secret, id, time, body = sys.argv[1:]\n"
      "key = base64.b64decode(secret.removeprefix('whsec_'), validate=True)\n"
      "mac = hmac.new(key, f'{id}.{time}.{body}'.encode(), hashlib.sha256)\n"
      "print('v1,' + base64.b64encode(mac.digest()).decode(), end='')\n",
      {secret, id, std::to_string(timestamp), body});
}

// What the receiver of the documentation makes of it.
std::string received(const std::map<std::string, std::string>& headers, const std::string& body,
                     std::int64_t now) {
  return by_python(
      "import sys\n"
      "sys.dont_write_bytecode = True\n"
      "sys.path.insert(0, sys.argv[1])\n"
      "from webhook_receiver import verify\n"
      "secret, id, time, signature, body, now = sys.argv[2:]\n"
      "headers = {'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature}\n"
      "try: print(verify(secret, headers, body.encode(), int(now)), end='')\n"
      "except ValueError as problem: print('refused:', problem, end='')\n",
      {DOCS "/examples", std::string(example_secret), headers.at("webhook-id"),
       headers.at("webhook-timestamp"), headers.at("webhook-signature"), body,
       std::to_string(now)});
}

WebhookSecret secret_of(std::string_view text) {
  const auto secret = parse_webhook_secret(text);
  EXPECT_TRUE(secret) << secret.error();
  return secret.value_or(WebhookSecret({}));
}

std::string problem_with(std::string_view text) {
  const auto secret = parse_webhook_secret(text);
  return secret ? "none" : secret.error();
}

TEST(WebhookSignature, IsThePublishedOne) {
  EXPECT_EQ(webhook_signature(secret_of(example_secret), example_id, example_time, example_body),
            example_signature);
}

TEST(WebhookSignature, IsThatOfAnotherImplementation) {
  EXPECT_EQ(signed_by_python(std::string(example_secret), std::string(example_id), example_time,
                             std::string(example_body)),
            example_signature);
  const std::string secrets[] = {
      "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",              // 24 bytes, the least
      "whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=",  // 32, with padding
      "whsec_" + std::string(84, '+') + "+w==",              // 64, the most: a whole block
  };
  for (const std::string& secret : secrets) {
    for (const std::string body :
         {R"({"type":"transcription.completed","data":{"name":"it's \u00e9t\u00e9"}})", "",
          "\xc3\xa9t\xc3\xa9"}) {
      EXPECT_EQ(webhook_signature(secret_of(secret), "evt_1", 1'700'000'000, body),
                signed_by_python(secret, "evt_1", 1'700'000'000, body))
          << secret;
    }
  }
}

TEST(WebhookSignature, DependsOnEveryPart) {
  const WebhookSecret secret = secret_of(example_secret);
  const auto sign = [&](std::string_view id, std::int64_t time, std::string_view body) {
    return webhook_signature(secret, id, time, body);
  };
  EXPECT_NE(sign("a", 1, "x"), sign("b", 1, "x"));
  EXPECT_NE(sign("a", 1, "x"), sign("a", 2, "x"));
  EXPECT_NE(sign("a", 1, "x"), sign("a", 1, "y"));
}

TEST(WebhookSignature, StandsInTheHeadersOfTheSpecification) {
  EXPECT_THAT(
      webhook_headers(secret_of(example_secret), example_id, example_time, example_body),
      UnorderedElementsAre(Pair("Content-Type", "application/json"), Pair("webhook-id", example_id),
                           Pair("webhook-timestamp", "1614265330"),
                           Pair("webhook-signature", example_signature)));
}

TEST(WebhookSignature, IsWhatTheReceiverOfTheDocumentationChecks) {
  const std::string body(example_body);
  auto headers = webhook_headers(secret_of(example_secret), example_id, example_time, body);
  EXPECT_EQ(received(headers, body, example_time + 299), "{'test': 2432232314}");
  EXPECT_EQ(received(headers, body, example_time + 301), "refused: sent too long ago");
  EXPECT_EQ(received(headers, body + " ", example_time), "refused: the signature is wrong");
  headers["webhook-signature"] = "v1,AAAA " + headers["webhook-signature"];
  EXPECT_EQ(received(headers, body, example_time), "{'test': 2432232314}") << "one of several";
}

TEST(WebhookSecretTest, WhatIsNoneGetsASentenceWithoutTheSecret) {
  const std::string hidden = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  EXPECT_THAT(problem_with(hidden),
              AllOf(HasSubstr("whsec_"), HasSubstr("make one with"), Not(HasSubstr(hidden))));
  EXPECT_THAT(problem_with(""), HasSubstr("does not begin"));
  EXPECT_THAT(problem_with("whsec_"), HasSubstr("has 0 bytes; it must have 24 to 64"));
  EXPECT_THAT(problem_with("whsec_" + hidden + "!"),
              AllOf(HasSubstr("not base64"), Not(HasSubstr(hidden))));
  EXPECT_THAT(problem_with("whsec_" + hidden + " "), HasSubstr("not base64"));
  EXPECT_THAT(problem_with("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY="), HasSubstr("has 23 bytes"));
  EXPECT_THAT(problem_with("whsec_" + std::string(88, 'A')), HasSubstr("has 66 bytes"));
}

TEST(WebhookEventTest, OnlyAnEndIsOne) {
  EXPECT_EQ(webhook_event_type(core::JobState::completed), "transcription.completed");
  EXPECT_EQ(webhook_event_type(core::JobState::failed), "transcription.failed");
  EXPECT_EQ(webhook_event_type(core::JobState::cancelled), "transcription.cancelled");
  EXPECT_FALSE(webhook_event_type(core::JobState::queued));
  EXPECT_FALSE(webhook_event_type(core::JobState::running));
}

TEST(WebhookEventTest, AnEndHasOneIdForEver) {
  const core::JobId job{123'456'789};
  const core::WallTime ended{std::chrono::milliseconds(1'700'000'000'123)};
  const std::string id = webhook_event_id(job, ended);
  EXPECT_THAT(id, testing::MatchesRegex("evt_[a-z0-9_]+"));
  EXPECT_EQ(webhook_event_id(job, ended), id);
  EXPECT_NE(webhook_event_id(job, ended + std::chrono::milliseconds(1)), id) << "tried again";
  EXPECT_NE(webhook_event_id(core::JobId{123'456'790}, ended), id);
}

TEST(WebhookEventTest, TheBodyIsAnEventWithTheJob) {
  const WebhookEvent event{.id = "evt_1",
                           .type = "transcription.completed",
                           .created_at = core::WallTime{std::chrono::milliseconds(1'700'000'999)},
                           .data = {{"id", "abc"}, {"progress", 0.5}, {"name", "\xff.mp3"}}};
  const std::string body = to_body(event);
  EXPECT_EQ(body,
            "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"transcription.completed\","
            "\"created_at\":1700000,\"data\":{\"id\":\"abc\",\"progress\":0.5,"
            "\"name\":\"\xEF\xBF\xBD.mp3\"}}");
  EXPECT_EQ(boost::json::parse(body).at("data").at("id").as_string(), "abc");
}

}  // namespace
}  // namespace transcribed::wire
