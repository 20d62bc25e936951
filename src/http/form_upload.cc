#include "http/form_upload.h"

#include <algorithm>

#include "wire/file_name.h"

namespace transcribed::http {
namespace {

constexpr std::size_t rest_limit_bytes = 64 * 1024;

}  // namespace

ApiError no_form(std::string_view file_field) {
  ApiError error;
  error.status = 415;
  error.code = "unsupported_content_type";
  error.message = "A recording is sent as multipart/form-data, in the field \"" +
                  std::string(file_field) + "\".";
  return error;
}

FormUpload::FormUpload(const SubmissionContext& context, ExchangePtr exchange,
                       std::string_view boundary, std::string_view file_field)
    : context_(context),
      exchange_(std::move(exchange)),
      file_field_(file_field),
      parser_(boundary, *this),
      id_(context.jobs.new_id()) {}

void FormUpload::start() {
  const auto length = exchange_->content_length();
  // The form around the recording may add its fields' limit; beyond that the file is too large.
  if (length && *length > cap_bytes() + MultipartLimits{}.all_fields_bytes) {
    refuse(too_large());
    return;
  }
  read_on();
}

bool FormUpload::on_field(std::string name, std::string value) {
  if (name == file_field_) {
    const std::string quoted = "\"" + name + "\"";
    return stop(bad_request("file_is_field",
                            quoted + " must be sent as a file, with a file name (curl: -F " + name +
                                "=@recording.mp3).",
                            name));
  }
  auto error = take_field(name, value);
  return error ? stop(std::move(*error)) : true;
}

bool FormUpload::on_file(std::string name, std::string file_name) {
  if (name != file_field_) {
    return stop(bad_request("unknown_field",
                            "The recording must be in the field \"" + std::string(file_field_) +
                                "\", not \"" + name + "\".",
                            name));
  }
  if (file_) {
    return stop(bad_request("field_repeated",
                            "One recording a job: \"" + name + "\" is given twice.", name));
  }
  file_name_ = wire::display_name(file_name);
  // A model that comes after the file is not known yet; it is checked at the end.
  const auto model = model_so_far();
  if (const auto refusal =
          context_.jobs.would_refuse(model.value_or(""), exchange_->caller.name, may_join())) {
    if (model || refusal->why == scheduler::Refusal::Why::draining ||
        refusal->why == scheduler::Refusal::Why::too_many_queued) {
      return stop(to_error(*refusal));
    }
  }
  file_ = std::make_unique<UploadFile>(context_.pool, context_.storage.uploads_folder,
                                       id_.to_string(), context_.storage.min_free_disk_mb,
                                       exchange_->content_length().value_or(0));
  return true;
}

bool FormUpload::on_file_data(std::string_view piece) {
  if (file_->bytes() + piece.size() > cap_bytes()) return stop(too_large());
  if (file_->bytes() == 0 && !piece.empty()) {
    const std::string header = header_of_file();
    header_bytes_ = header.size();
    file_->append(header);
  }
  file_->append(piece);
  return true;
}

// The smaller of the server's and the caller's own.
core::Megabytes FormUpload::cap_mb() const {
  const core::Megabytes server = context_.storage.max_upload_mb;
  return std::min(server, exchange_->caller.limits.max_upload_mb.value_or(server));
}

std::uint64_t FormUpload::cap_bytes() const {
  return static_cast<std::uint64_t>(cap_mb() * core::bytes_per_mb);
}

ApiError FormUpload::too_large() const {
  ApiError error;
  error.status = 413;
  error.code = "upload_too_large";
  error.message = "The upload is larger than the " + std::to_string(cap_mb()) + " MB that " +
                  (cap_mb() < context_.storage.max_upload_mb ? "this API key allows."
                                                             : "server.max_upload_mb allows.");
  error.param = file_field_;
  return error;
}

bool FormUpload::stop(ApiError error) {
  error_ = std::move(error);
  return false;
}

void FormUpload::read_on() {
  exchange_->read_some([self = shared_from_this()](BodyPiece piece) { self->take(piece); });
}

void FormUpload::take(const BodyPiece& piece) {
  if (!piece) {
    if (piece.error() == BodyError::disconnected) return;  // the file goes with us
    refuse(bad_request("malformed_body", "The body's chunks are malformed."));
    return;
  }
  if (parsed_) {
    take_rest(*piece);
    return;
  }
  switch (piece->empty() ? parser_.finish() : parser_.feed(*piece)) {
    case MultipartParser::Result::stopped:
      refuse(std::move(error_));
      return;
    case MultipartParser::Result::error: {
      const auto& problem = parser_.error();
      auto error = bad_request(problem.code, problem.message, problem.param);
      if (problem.too_large) error.status = 413;
      refuse(std::move(error));
      return;
    }
    case MultipartParser::Result::done:
      parsed_ = true;
      break;
    case MultipartParser::Result::more:
      break;
  }
  if (!file_ || !file_->wants_flush()) {
    read_on();
    return;
  }
  file_->flush([self = shared_from_this()](std::optional<ApiError> error) {
    error ? self->refuse(std::move(*error)) : self->read_on();
  });
}

// Past the final boundary: to the body's end, so that the connection can serve on.
void FormUpload::take_rest(std::string_view piece) {
  rest_bytes_ += piece.size();
  if (rest_bytes_ > rest_limit_bytes) {
    refuse(bad_request("malformed_multipart", "Too much follows the form's final boundary."));
    return;
  }
  piece.empty() ? finish() : read_on();
}

void FormUpload::finish() {
  const std::string field(file_field_);
  if (!file_) {
    refuse(bad_request("file_missing", "The form has no \"" + field + "\" with the recording.",
                       field));
    return;
  }
  if (file_->bytes() == header_bytes_) {
    refuse(bad_request("file_empty", "The uploaded file is empty.", field));
    return;
  }
  auto wanted = request();
  if (!wanted) {
    refuse(std::move(wanted.error()));
    return;
  }
  if (const auto refusal =
          context_.jobs.would_refuse(wanted->model, exchange_->caller.name, wanted->deduplicate)) {
    refuse(to_error(*refusal));
    return;
  }
  file_->commit([self = shared_from_this(),
                 wanted = std::move(*wanted)](std::optional<ApiError> error) mutable {
    error ? self->refuse(std::move(*error)) : self->submit(std::move(wanted));
  });
}

void FormUpload::submit(scheduler::Submission submission) {
  submission.id = id_;
  if (submission.name.empty()) submission.name = file_name_;
  submission.owner = exchange_->caller.name;
  submission.audio.path = file_->path();
  submission.audio.owned = true;
  submission.content_sha256 = file_->content_sha256();
  context_.jobs.submit(
      std::move(submission),
      [self = shared_from_this()](tl::expected<scheduler::JobView, scheduler::Refusal> answer) {
        if (!answer) {
          self->refuse(to_error(answer.error()));
          return;
        }
        if (!answer->joined) {
          self->file_->release();
          self->submitted(*answer);
          return;
        }
        self->file_->discard([self, answer] { self->submitted(*answer); });
      });
}

void FormUpload::refuse(ApiError error) {
  if (!file_) {
    exchange_->respond(to_answer(error));
    return;
  }
  auto response = std::make_shared<Response>(to_answer(error));
  file_->discard(
      [self = shared_from_this(), response] { self->exchange_->respond(std::move(*response)); });
}

}  // namespace transcribed::http
