// Processes that a test plays by hand.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ports/process_launcher.h"

namespace transcribed::fakes {

class FakeLauncher final : public ports::ProcessLauncher {
 public:
  // What the code under test sees and does, and what the test makes the process say. Stays valid
  // after the code has destroyed its handle.
  struct Played {
    ports::LaunchSpec spec;
    ports::ProcessEvents events;
    pid_t root = 0;
    std::string received;  // on standard input
    bool asked_to_end = false;
    std::chrono::milliseconds grace{0};
    bool destroyed = false;

    void print(std::string text) { events.on_stdout(text); }
    void print_error(std::string text) { events.on_stderr(text); }
    void exit(int status) {
      end({.how = ports::ProcessEnd::How::exited, .status = status, .message = {}, .result = {}});
    }
    void die(int signal) {
      end({.how = ports::ProcessEnd::How::killed, .status = signal, .message = {}, .result = {}});
    }
    void end(ports::ProcessEnd how) {
      // The handler may destroy the handle.
      const auto on_end = events.on_end;
      on_end(how);
    }
    // The lines received since the last call.
    std::string take_received() { return std::exchange(received, {}); }
  };

  std::unique_ptr<ports::Process> launch(ports::LaunchSpec spec,
                                         ports::ProcessEvents events) override {
    auto played = std::make_shared<Played>();
    played->spec = std::move(spec);
    played->events = std::move(events);
    played->root = 1000 + static_cast<pid_t>(launched.size());
    launched.push_back(played);
    return std::make_unique<Handle>(played);
  }

  Played& last() { return *launched.back(); }
  std::vector<std::shared_ptr<Played>> launched;

 private:
  struct Handle final : ports::Process {
    explicit Handle(std::shared_ptr<Played> of) : played(std::move(of)) {}
    ~Handle() override { played->destroyed = true; }
    void write(std::string bytes) override { played->received += bytes; }
    void end(std::chrono::milliseconds grace) override {
      played->asked_to_end = true;
      played->grace = grace;
    }
    pid_t root() const override { return played->root; }
    std::shared_ptr<Played> played;
  };
};

}  // namespace transcribed::fakes
