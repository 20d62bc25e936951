#include "wire/json_writer.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace transcribed::wire {
namespace {

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("a");
  json.begin_array();
  json.number(1);
  json.number(-0.25);
  json.begin_object();
  json.end_object();
  json.begin_array();
  json.end_array();
  json.text("[");
  json.text("{:");
  json.end_array();
  json.key("b");
  json.value(boost::json::parse(R"({"c":[1,2.5]})"));
  json.end_object();
  EXPECT_EQ(out, R"({"a":[1,-0.25,{},[],"[","{:"],"b":{"c":[1,2.5]}})");
}

TEST(JsonWriter, TextComesBackAsItWent) {
  std::string every;
  for (char c = 0; c >= 0 && c < 127; ++c) every += c;
  every += "é日😀";
  std::string out;
  JsonWriter(out).text(every);
  EXPECT_EQ(boost::json::parse(out).as_string(), every);
  out.clear();
  JsonWriter(out).text("cut \xE6\x97");
  EXPECT_EQ(out, "\"cut \xEF\xBF\xBD\"");
}

TEST(JsonWriter, WhatIsNoNumberIsNull) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  json.number(std::numeric_limits<double>::infinity());
  json.number(std::numeric_limits<double>::quiet_NaN());
  json.number(1e300);
  json.number(std::numeric_limits<std::int64_t>::min());
  json.end_array();
  EXPECT_EQ(out, "[null,null,1e+300,-9223372036854775808]");
}

}  // namespace
}  // namespace transcribed::wire
