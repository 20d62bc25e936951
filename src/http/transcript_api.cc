#include "http/transcript_api.h"

#include <algorithm>
#include <array>

#include "http/errors.h"
#include "http/query.h"
#include "wire/json_text.h"
#include "wire/transcript_json.h"

namespace transcribed::http {
namespace {

std::string as_json(const core::Transcript& transcript) {
  return wire::to_text(wire::to_json(transcript)) + '\n';
}

struct Format {
  std::string_view name;
  std::string_view content_type;
  std::string (*render)(const core::Transcript&);
};
constexpr std::array<Format, 4> formats{
    {{"json", "application/json; charset=utf-8", as_json},
     {"txt", "text/plain; charset=utf-8", core::to_txt},
     {"srt", "application/x-subrip; charset=utf-8", core::to_srt},
     {"vtt", "text/vtt; charset=utf-8", core::to_vtt}}};
constexpr std::array<std::string_view, 3> later_formats{"tsv", "lrc", "verbose_json"};

struct Wanted {
  const Format* format = nullptr;
  bool download = false;
};

tl::expected<Wanted, ApiError> read_wanted(const Exchange& exchange) {
  const auto query = parse_query(exchange.query(), {"format", "download"});
  if (!query) return tl::make_unexpected(query.error());
  Wanted wanted;
  std::string name = "json";
  if (const auto format = query->find("format"); format != query->end()) name = format->second;
  const auto* found = std::find_if(formats.begin(), formats.end(),
                                   [&](const Format& format) { return format.name == name; });
  if (found == formats.end()) {
    const bool later =
        std::find(later_formats.begin(), later_formats.end(), name) != later_formats.end();
    return tl::make_unexpected(bad_request(later ? "not_supported" : "bad_value",
                                           "The format \"" + name + "\" is not " +
                                               (later ? "supported yet" : "known") +
                                               "; these are: txt, srt, vtt, json.",
                                           "format"));
  }
  wanted.format = found;
  if (const auto download = query->find("download"); download != query->end()) {
    if (download->second != "0" && download->second != "1") {
      return tl::make_unexpected(
          bad_request("bad_value", "\"download\" must be 0 or 1.", "download"));
    }
    wanted.download = download->second == "1";
  }
  return wanted;
}

ApiError not_completed(const core::Job& job) {
  ApiError error;
  error.status = 409;
  error.code = "not_completed";
  const auto id = job.id.to_string();
  switch (job.state) {
    case core::JobState::queued:
      error.message = "Job " + id + " is still queued; it has no transcript yet.";
      break;
    case core::JobState::running:
      error.message = "Job " + id + " is still running; its transcript is not complete yet.";
      break;
    case core::JobState::cancelled:
      error.message = "Job " + id + " was cancelled; it has no transcript.";
      break;
    default:
      error.message = "Job " + id + " failed and has no transcript";
      error.message += job.failure ? ": " + job.failure->message : std::string(".");
      break;
  }
  return error;
}

void send(const ExchangePtr& exchange, const core::Job& job, const Wanted& wanted,
          const core::Transcript& transcript) {
  Response response;
  response.content_type = wanted.format->content_type;
  response.body = wanted.format->render(transcript);
  if (wanted.download) {
    const auto dot = job.name.rfind('.');
    auto stem = dot == std::string::npos || dot == 0 ? job.name : job.name.substr(0, dot);
    if (stem.empty()) stem = job.id.to_string();
    response.headers.emplace_back("Content-Disposition",
                                  attachment(stem + "." + std::string(wanted.format->name)));
  }
  exchange->respond(std::move(response));
}

}  // namespace

std::string attachment(std::string_view file_name) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string plain;
  std::string encoded;
  for (const char c : file_name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool harmless = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
    const bool printable =
        byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\' && c != '/' && c != '%';
    plain += printable ? c : '_';
    if (harmless) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += digits[byte >> 4];
      encoded += digits[byte & 15];
    }
  }
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
}

void send_transcript(scheduler::JobService& jobs, core::JobId id, ExchangePtr exchange) {
  const auto wanted = read_wanted(*exchange);
  if (!wanted) {
    exchange->respond(to_response(wanted.error()));
    return;
  }
  jobs.view(id, [&jobs, id, exchange,
                 wanted = *wanted](tl::expected<scheduler::JobView, scheduler::Refusal> view) {
    if (!view) {
      exchange->respond(to_response(to_error(view.error())));
      return;
    }
    if (view->job.state != core::JobState::completed) {
      exchange->respond(to_response(not_completed(view->job)));
      return;
    }
    auto job = std::make_shared<core::Job>(std::move(view->job));
    jobs.transcript(
        id, [exchange, wanted, job](tl::expected<core::Transcript, scheduler::Refusal> transcript) {
          if (!transcript) {
            exchange->respond(to_response(to_error(transcript.error())));
            return;
          }
          send(exchange, *job, wanted, *transcript);
        });
  });
}

}  // namespace transcribed::http
