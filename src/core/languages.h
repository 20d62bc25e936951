// The languages Whisper knows, with the names OpenAI's API gives them. Pure data.
#pragma once

#include <span>
#include <string_view>

namespace transcribed::core {

struct Language {
  std::string_view code;  // ISO 639-1 mostly: "en"; "haw", "yue"; "jw" for Javanese
  std::string_view name;  // in English, lower case: "english"
};

// In the order of Whisper's tokens.
std::span<const Language> languages();

// Of "en"; empty for a code that is none of Whisper's.
std::string_view language_name(std::string_view code);

// The code that is meant by a code or a name in whatever case, the other names of a language
// ("flemish", "mandarin"), another code of it ("iw", "jv") or one with a region ("pt-BR",
// "zh_CN"). Empty: none that Whisper knows.
std::string_view language_code(std::string_view code_or_name);

}  // namespace transcribed::core
