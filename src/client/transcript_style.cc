#include "client/transcript_style.h"

#include <algorithm>

#include <fmt/format.h>

namespace transcribed::client {
namespace {

// As the server takes them.
constexpr int widest_line = 1000;
constexpr int most_lines = 100;

bool has_lines(Format format) { return format == Format::srt || format == Format::vtt; }
bool can_highlight(Format format) { return has_lines(format) || format == Format::lrc; }

}  // namespace

void add_style_options(CLI::App& app, TranscriptStyle& style, const std::string& group) {
  app.add_option("--max-line-width", style.max_line_width,
                 "At most so many characters a line (srt, vtt)")
      ->check(CLI::Range(1, widest_line))
      ->type_name("N")
      ->group(group);
  app.add_option("--max-line-count", style.max_line_count,
                 "With --max-line-width: at most so many lines a subtitle")
      ->check(CLI::Range(1, most_lines))
      ->type_name("N")
      ->group(group);
  app.add_flag("--highlight-words", style.highlight_words,
               "Mark each word while it is spoken (srt, vtt, lrc)")
      ->group(group);
}

std::optional<std::string> wrong_with_style(const TranscriptStyle& style,
                                            const std::vector<Format>& formats) {
  if (style.max_line_count > 0 && style.max_line_width == 0) {
    return "--max-line-count needs --max-line-width: without it a subtitle's text is one line";
  }
  if (style.max_line_width > 0 && std::ranges::none_of(formats, has_lines)) {
    return "--max-line-width is for the formats srt and vtt: ask for one of them with -f";
  }
  if (style.highlight_words && std::ranges::none_of(formats, can_highlight)) {
    return "--highlight-words is for the formats srt, vtt and lrc: ask for one of them with -f";
  }
  return std::nullopt;
}

std::string transcript_query(Format format, const TranscriptStyle& style) {
  std::string query = fmt::format("format={}", to_string(format));
  const auto add = [&query](std::string_view name, int number) {
    if (number > 0) query += fmt::format("&{}={}", name, number);
  };
  if (has_lines(format)) {
    add("max_line_width", style.max_line_width);
    add("max_line_count", style.max_line_count);
  }
  if (style.highlight_words && can_highlight(format)) query += "&words=true";
  return query;
}

}  // namespace transcribed::client
