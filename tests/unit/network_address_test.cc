// Every range of IANA's special-purpose address registries, by its name there: the first and the
// last address of each, and the neighbours outside.
#include "core/network_address.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transcribed::core {
namespace {

using testing::HasSubstr;
using testing::Optional;

NetworkAddress address(std::string_view text) {
  const auto parsed = parse_network_address(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(NetworkAddress{});
}

std::string use_of(std::string_view text) {
  return special_use(address(text)).value_or("the public internet");
}

struct Registered {
  const char* name;  // in the registry
  std::vector<const char*> inside;
  std::vector<const char*> outside;  // public neighbours
  const char* use;
};

// https://www.iana.org/assignments/iana-ipv4-special-registry and RFC 5771, RFC 1112
const std::vector<Registered> v4_registry{
    {"\"This network\"", {"0.0.0.0", "0.0.0.1", "0.255.255.255"}, {"1.0.0.0"}, "this network"},
    {"Private-Use 10", {"10.0.0.0", "10.255.255.255"}, {"9.255.255.255", "11.0.0.0"}, "private"},
    {"Shared Address Space",
     {"100.64.0.0", "100.127.255.255"},
     {"100.63.255.255", "100.128.0.0"},
     "shared address space"},
    {"Loopback",
     {"127.0.0.0", "127.0.0.1", "127.255.255.255"},
     {"126.255.255.255", "128.0.0.0"},
     "loopback"},
    {"Link Local",
     {"169.254.0.0", "169.254.255.255"},
     {"169.253.255.255", "169.255.0.0"},
     "link-local"},
    {"Private-Use 172",
     {"172.16.0.0", "172.31.255.255"},
     {"172.15.255.255", "172.32.0.0"},
     "private"},
    {"IETF Protocol Assignments",
     {"192.0.0.0", "192.0.0.255"},
     {"191.255.255.255", "192.0.1.0"},
     "protocol"},
    {"IPv4 Service Continuity Prefix", {"192.0.0.7"}, {}, "protocol"},
    {"IPv4 dummy address", {"192.0.0.8"}, {}, "protocol"},
    {"Port Control Protocol Anycast", {"192.0.0.9"}, {}, "protocol"},
    {"TURN Anycast", {"192.0.0.10"}, {}, "protocol"},
    {"NAT64/DNS64 Discovery", {"192.0.0.170", "192.0.0.171"}, {}, "protocol"},
    {"Documentation (TEST-NET-1)",
     {"192.0.2.0", "192.0.2.255"},
     {"192.0.1.255", "192.0.3.0"},
     "documentation"},
    // Globally reachable by the registry: services for everybody.
    {"AS112-v4", {}, {"192.31.196.0", "192.31.196.255"}, ""},
    {"AMT", {}, {"192.52.193.0", "192.52.193.255"}, ""},
    {"Direct Delegation AS112 Service", {}, {"192.175.48.0", "192.175.48.255"}, ""},
    {"Deprecated (6to4 Relay Anycast)",
     {"192.88.99.0", "192.88.99.255"},
     {"192.88.98.255", "192.88.100.0"},
     "6to4"},
    {"Private-Use 192.168",
     {"192.168.0.0", "192.168.255.255"},
     {"192.167.255.255", "192.169.0.0"},
     "private"},
    {"Benchmarking",
     {"198.18.0.0", "198.19.255.255"},
     {"198.17.255.255", "198.20.0.0"},
     "benchmarking"},
    {"Documentation (TEST-NET-2)",
     {"198.51.100.0", "198.51.100.255"},
     {"198.51.99.255", "198.51.101.0"},
     "documentation"},
    {"Documentation (TEST-NET-3)",
     {"203.0.113.0", "203.0.113.255"},
     {"203.0.112.255", "203.0.114.0"},
     "documentation"},
    {"Multicast", {"224.0.0.0", "239.255.255.255"}, {"223.255.255.255"}, "multicast"},
    {"Reserved", {"240.0.0.0", "255.255.255.254"}, {}, "reserved"},
    {"Limited Broadcast", {"255.255.255.255"}, {}, "broadcast"},
};

// https://www.iana.org/assignments/iana-ipv6-special-registry and the address space registry
const std::vector<Registered> v6_registry{
    {"Loopback Address", {"::1"}, {}, "loopback"},
    {"Unspecified Address", {"::"}, {}, "unspecified"},
    {"IPv4-compatible (RFC 4291)", {"::2", "::8.8.8.8", "::ffff:ffff"}, {}, "IPv4-compatible"},
    {"IPv4-translated (RFC 2765)", {"::ffff:0:8.8.8.8", "::ffff:0:10.0.0.1"}, {}, "reserved"},
    {"IPv4-IPv6 Translat., local",
     {"64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"},
     {},
     "translation"},
    {"Discard-Only Address Block", {"100::", "100::ffff:ffff:ffff:ffff"}, {}, "discard"},
    {"Dummy IPv6 Prefix", {"100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff"}, {}, "dummy"},
    {"IETF Protocol Assignments",
     {"2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"},
     {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
     "protocol"},
    {"Port Control Protocol Anycast", {"2001:1::1"}, {}, "protocol"},
    {"TURN Anycast", {"2001:1::2"}, {}, "protocol"},
    {"DNS-SD SRP Anycast", {"2001:1::3"}, {}, "protocol"},
    {"Benchmarking", {"2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"}, {}, "benchmarking"},
    {"AMT", {"2001:3::"}, {}, "protocol"},
    {"AS112-v6", {"2001:4:112::"}, {}, "protocol"},
    {"Deprecated (previously ORCHID)",
     {"2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff"},
     {},
     "ORCHID"},
    {"ORCHIDv2", {"2001:20::"}, {}, "protocol"},
    {"Drone Remote ID", {"2001:30::"}, {}, "protocol"},
    {"Documentation",
     {"2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"},
     {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
     "documentation"},
    {"Direct Delegation AS112 Service", {}, {"2620:4f:8000::"}, ""},
    {"Documentation (RFC 9637)",
     {"3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"},
     {"3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
     "documentation"},
    {"Segment Routing (SRv6) SIDs",
     {"5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
     {},
     "segment routing"},
    {"Unique-Local",
     {"fc00::", "fd12:3456::1", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
     {},
     "private"},
    {"Link-Local Unicast",
     {"fe80::", "fe80::1", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
     {},
     "link-local"},
    {"Site-Local (RFC 3879)",
     {"fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
     {},
     "site-local"},
    {"Multicast",
     {"ff00::", "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
     {},
     "multicast"},
    {"Reserved by IETF",
     {"0:1::", "64:ff9a::8.8.8.8", "200::1", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
      "4000::", "8000::", "e000::", "fe00::"},
     {"2000::", "3ffe::", "2606:4700:4700::1111"},
     "reserved"},
};

TEST(NetworkAddress, EveryRangeOfTheRegistriesIsKnown) {
  for (const auto* registry : {&v4_registry, &v6_registry}) {
    for (const Registered& row : *registry) {
      for (const char* one : row.inside) {
        EXPECT_THAT(use_of(one), HasSubstr(row.use)) << row.name << ", " << one;
      }
      for (const char* one : row.outside) {
        EXPECT_EQ(use_of(one), "the public internet") << row.name << ", " << one;
      }
    }
  }
}

TEST(NetworkAddress, WhatCloudsTellTheirMachinesIsNotPublic) {
  for (const char* one : {"169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192",
                          "fd00:ec2::254", "fd20:ce::254"}) {
    EXPECT_EQ(use_of(one), "a cloud's service to its machines") << one;
  }
}

TEST(NetworkAddress, AnIpv4AddressIsJudgedInEveryDisguise) {
  // 10.0.0.1, or 127.0.0.1, as IPv6 says it
  EXPECT_EQ(use_of("::ffff:10.0.0.1"), "IPv4-mapped for 10.0.0.1: private use");
  EXPECT_EQ(use_of("::ffff:127.0.0.1"), "IPv4-mapped for 127.0.0.1: loopback");
  EXPECT_EQ(use_of("64:ff9b::a00:1"), "NAT64 for 10.0.0.1: private use");
  EXPECT_EQ(use_of("2002:a00:1::"), "6to4 for 10.0.0.1: private use");
  EXPECT_EQ(use_of("2002:7f00:1:ffff:ffff:ffff:ffff:ffff"), "6to4 for 127.0.0.1: loopback");
  EXPECT_EQ(use_of("2001:0:a00:1:0:0:f7f7:f7f7"), "Teredo for 10.0.0.1: private use") << "server";
  EXPECT_EQ(use_of("2001:0:808:808:0:0:f5ff:fffe"), "Teredo for 10.0.0.1: private use") << "client";
  EXPECT_EQ(use_of("2a00:1450::5efe:a00:1"), "ISATAP for 10.0.0.1: private use");
  EXPECT_EQ(use_of("2a00:1450::200:5efe:a9fe:a9fe"),
            "ISATAP for 169.254.169.254: a cloud's service to its machines");
}

TEST(NetworkAddress, APublicIpv4AddressIsPublicInThese) {
  for (const char* one : {"::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
                          "2001:0:808:808:0:0:f7f7:f7f7", "2a00:1450::5efe:808:808"}) {
    EXPECT_EQ(use_of(one), "the public internet") << one;
  }
}

TEST(NetworkAddress, OnlyAddressesAreParsed) {
  for (const char* text : {"", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "127.0.0.1 ",
                           "[::1]", "fe80::1%eth0", "1.2.3.4.5", "::g", "256.0.0.1"}) {
    EXPECT_FALSE(parse_network_address(text)) << text;
  }
  EXPECT_FALSE(parse_network_address(std::string_view("127.0.0.1\0x", 11)));
  EXPECT_EQ(to_string(address("2001:DB8:0:0::1")), "2001:db8::1");
  EXPECT_EQ(to_string(address("192.0.2.1")), "192.0.2.1");
}

TEST(NetworkRange, HoldsItsAddresses) {
  const auto holds = [](std::string_view range, std::string_view one) {
    return contains(parse_network_range(range).value(), address(one));
  };
  EXPECT_TRUE(holds("192.168.1.0/24", "192.168.1.255"));
  EXPECT_FALSE(holds("192.168.1.0/24", "192.168.2.0"));
  EXPECT_TRUE(holds("192.168.1.7", "192.168.1.7"));
  EXPECT_FALSE(holds("192.168.1.7", "192.168.1.6"));
  EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2a00::1"));
  EXPECT_FALSE(holds("::/0", "8.8.8.8"));
  EXPECT_TRUE(holds("fd00::/9", "fd7f::1"));
  EXPECT_FALSE(holds("fd00::/9", "fd80::1"));
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3")) << "IPv4 in IPv6's clothes";
  EXPECT_FALSE(holds("10.0.0.0/8", "::ffff:11.1.2.3"));
}

TEST(NetworkRange, AnythingElseIsNone) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x",
                           "::/129", "10.0.0.0/8/8", "lan", "10.0.0.0/ 8"}) {
    EXPECT_FALSE(parse_network_range(text)) << text;
  }
}

}  // namespace
}  // namespace transcribed::core
