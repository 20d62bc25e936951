// Very many readers of events at once, in one thread. Each is judged by what it has read: how many
// events of which kind, and a sum over their text, so that two who read the same can be told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace transcribed::tests {

class EventCrowd {
 public:
  // Connects `readers` of them to `target`, and waits until each stream has begun. Throws where the
  // server does not let one in.
  EventCrowd(std::uint16_t port, const std::string& target, std::size_t readers);
  ~EventCrowd();
  EventCrowd(const EventCrowd&) = delete;
  EventCrowd& operator=(const EventCrowd&) = delete;

  // Reads on until each has `count` events whose text holds `word`, or its stream has ended. False
  // when that takes too long.
  bool read_until(const std::string& word, std::size_t count);

  struct Read {
    std::size_t events = 0;
    std::size_t wanted = 0;  // of those read_until() counts
    std::uint64_t sum = 0;   // over the events' text, in order
    bool ended = false;
    bool operator==(const Read&) const = default;
  };
  std::vector<Read> all() const;

  // How many there can be in this process, `wanted` at most.
  static std::size_t most(std::size_t wanted);

 private:
  struct Reader {
    int fd = -1;
    std::string raw;   // chunks that are not whole yet
    std::string text;  // an event that is not
    bool begun = false;
    Read read;
  };
  void receive(Reader& reader, const std::string& word);
  bool poll(const std::string& word, const auto& done);

  int epoll_ = -1;
  std::vector<Reader> readers_;
};

}  // namespace transcribed::tests
