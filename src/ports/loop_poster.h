// How a background thread hands a result to the loop thread.
#pragma once

#include <functional>

namespace transcribed::ports {

// Callable from any thread; the function runs on the loop thread, in order of posting.
using LoopPoster = std::function<void(std::function<void()>)>;

}  // namespace transcribed::ports
