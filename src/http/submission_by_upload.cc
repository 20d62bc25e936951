// multipart/form-data: the recording itself, streamed to disk while its fields are checked.
#include "http/job_parameters.h"
#include "http/multipart.h"
#include "http/submission.h"
#include "http/upload_file.h"
#include "wire/file_name.h"

namespace transcribed::http {
namespace {

constexpr std::size_t rest_limit_bytes = 64 * 1024;

// Lives as long as a callback holds it; reads, parses and writes in turn, so that no more than a
// piece of the recording is in memory.
class Upload final : public MultipartReader, public std::enable_shared_from_this<Upload> {
 public:
  Upload(const SubmissionContext& context, ExchangePtr exchange, std::string_view boundary)
      : context_(context),
        exchange_(std::move(exchange)),
        parser_(boundary, *this),
        id_(context.jobs.new_id()) {}

  void start() {
    const auto length = exchange_->content_length();
    // The form around the recording may add its fields' limit; beyond that the file is too large.
    if (length && *length > cap_bytes() + MultipartLimits{}.all_fields_bytes) {
      refuse(too_large());
      return;
    }
    read_on();
  }

  bool on_field(std::string name, std::string value) override {
    if (name == "file") {
      return stop(bad_request("file_is_field",
                              "\"file\" must be sent as a file, with a file name (curl: -F "
                              "file=@recording.mp3).",
                              "file"));
    }
    if (name == "path" || name == "url") {
      return stop(bad_request("unknown_field",
                              "\"" + name + "\" goes into a JSON body, not into a form.", name));
    }
    auto error = parameters_.set(name, value);
    return error ? stop(std::move(*error)) : true;
  }

  bool on_file(std::string name, std::string file_name) override {
    if (name != "file") {
      return stop(bad_request("unknown_field",
                              "The recording must be in the field \"file\", not \"" + name + "\".",
                              name));
    }
    if (file_)
      return stop(
          bad_request("field_repeated", "One recording a job: \"file\" is given twice.", "file"));
    file_name_ = wire::display_name(file_name);
    // A model that comes after the file is not known yet; it is checked at the end.
    if (const auto refusal =
            context_.jobs.would_refuse(parameters_.model, exchange_->caller.name)) {
      if (parameters_.has_model() || refusal->why == scheduler::Refusal::Why::draining) {
        return stop(to_error(*refusal));
      }
    }
    file_ = std::make_unique<UploadFile>(context_.pool, context_.storage.uploads_folder,
                                         id_.to_string(), context_.storage.min_free_disk_mb,
                                         exchange_->content_length().value_or(0));
    return true;
  }

  bool on_file_data(std::string_view piece) override {
    if (file_->bytes() + piece.size() > cap_bytes()) return stop(too_large());
    file_->append(piece);
    return true;
  }

  bool on_file_end() override { return true; }

 private:
  // The smaller of the server's and the caller's own.
  core::Megabytes cap_mb() const {
    const core::Megabytes server = context_.storage.max_upload_mb;
    return std::min(server, exchange_->caller.limits.max_upload_mb.value_or(server));
  }
  std::uint64_t cap_bytes() const {
    return static_cast<std::uint64_t>(cap_mb() * core::bytes_per_mb);
  }

  ApiError too_large() const {
    ApiError error;
    error.status = 413;
    error.code = "upload_too_large";
    error.message = "The upload is larger than the " + std::to_string(cap_mb()) + " MB that " +
                    (cap_mb() < context_.storage.max_upload_mb ? "this API key allows."
                                                               : "server.max_upload_mb allows.");
    error.param = "file";
    return error;
  }

  bool stop(ApiError error) {
    error_ = std::move(error);
    return false;
  }

  void read_on() {
    exchange_->read_some([self = shared_from_this()](BodyPiece piece) { self->take(piece); });
  }

  void take(const BodyPiece& piece) {
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
  void take_rest(std::string_view piece) {
    rest_bytes_ += piece.size();
    if (rest_bytes_ > rest_limit_bytes) {
      refuse(bad_request("malformed_multipart", "Too much follows the form's final boundary."));
      return;
    }
    piece.empty() ? finish() : read_on();
  }

  void finish() {
    if (!file_) {
      refuse(bad_request("file_missing", "The form has no \"file\" with the recording.", "file"));
      return;
    }
    if (file_->bytes() == 0) {
      refuse(bad_request("file_empty", "The uploaded file is empty.", "file"));
      return;
    }
    if (const auto refusal =
            context_.jobs.would_refuse(parameters_.model, exchange_->caller.name)) {
      refuse(to_error(*refusal));
      return;
    }
    file_->commit([self = shared_from_this()](std::optional<ApiError> error) {
      error ? self->refuse(std::move(*error)) : self->submit();
    });
  }

  void submit() {
    scheduler::Submission submission;
    submission.id = id_;
    submission.model = parameters_.model;
    submission.name = parameters_.name.empty() ? file_name_ : parameters_.name;
    submission.owner = exchange_->caller.name;
    submission.audio.path = file_->path();
    submission.audio.owned = true;
    submission.options = parameters_.options;
    submission.priority = parameters_.priority;
    submission.content_sha256 = file_->content_sha256();
    submission.deduplicate = parameters_.deduplicate;
    context_.jobs.submit(
        std::move(submission),
        [self = shared_from_this()](tl::expected<scheduler::JobView, scheduler::Refusal> answer) {
          if (!answer) {
            self->refuse(to_error(answer.error()));
            return;
          }
          if (!answer->joined) {
            self->file_->release();
            self->exchange_->respond(submitted(answer));
            return;
          }
          self->file_->discard([self, answer] { self->exchange_->respond(submitted(answer)); });
        });
  }

  // Answers once nothing of the upload is left.
  void refuse(ApiError error) {
    if (!file_) {
      exchange_->respond(to_response(error));
      return;
    }
    auto response = std::make_shared<Response>(to_response(error));
    file_->discard(
        [self = shared_from_this(), response] { self->exchange_->respond(std::move(*response)); });
  }

  const SubmissionContext& context_;
  ExchangePtr exchange_;
  JobParameters parameters_;
  MultipartParser parser_;
  const core::JobId id_;
  std::unique_ptr<UploadFile> file_;
  std::string file_name_;
  ApiError error_;       // of a step that stopped the parser
  bool parsed_ = false;  // the final boundary was seen
  std::size_t rest_bytes_ = 0;
};

}  // namespace

void take_upload(const SubmissionContext& context, ExchangePtr exchange,
                 std::string_view boundary) {
  std::make_shared<Upload>(context, std::move(exchange), boundary)->start();
}

}  // namespace transcribed::http
