// transcribed-fetcher: the daemon's outgoing HTTP, in a process of its own, so that neither
// libcurl and TLS nor what hostile servers send is in the daemon's. Only the daemon starts it.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "fetcher/fetch_loop.h"

namespace transcribed::fetcher {
namespace {

struct Arguments {
  std::string proxy;
  std::string ca_file;
  std::vector<core::NetworkRange> allowed;
};

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("--proxy", arguments.proxy, "Ask this proxy for everything; none else is used");
  app.add_option("--ca-file", arguments.ca_file,
                 "Certificates (PEM) to trust in place of the system's");
  app.add_option_function<std::vector<std::string>>(
         "--allow-network",
         [&arguments](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             const auto range = core::parse_network_range(text);
             if (!range) {
               throw CLI::ValidationError("--allow-network",
                                          "\"" + text +
                                              "\" is no range of addresses; write one such as "
                                              "192.168.1.0/24, fd00::/8 or 10.0.0.7");
             }
             arguments.allowed.push_back(*range);
           }
         },
         "Addresses outside the public internet that may be connected to (may be repeated)")
      ->type_name("RANGE");
  app.set_version_flag("--version", TRANSCRIBED_VERSION);
}

int run(Arguments arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  // Standard output belongs to the protocol: whatever a library prints goes to the log instead.
  const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (output < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    std::perror("cannot set up standard output");
    return 1;
  }
  FetchLoop loop({.guard = AddressGuard(std::move(arguments.allowed)),
                  .proxy = std::move(arguments.proxy),
                  .ca_file = std::move(arguments.ca_file)},
                 STDIN_FILENO, output);
  if (loop.run()) return 0;
  std::fputs("ERROR: libcurl cannot be used\n", stderr);
  return 1;
}

}  // namespace
}  // namespace transcribed::fetcher

int main(int argc, char** argv) {
  CLI::App app("The outgoing HTTP of transcribed: JSON Lines on standard input and output.",
               "transcribed-fetcher");
  transcribed::fetcher::Arguments arguments;
  transcribed::fetcher::add_options(app, arguments);
  CLI11_PARSE(app, argc, argv);
  return transcribed::fetcher::run(std::move(arguments));
}
