// A form with a recording in it, streamed to disk while its fields are read, and submitted as a
// job: what every way of uploading has in common. Loop thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/errors.h"
#include "http/exchange.h"
#include "http/multipart.h"
#include "http/submission.h"
#include "http/upload_file.h"
#include "scheduler/job_service.h"

namespace transcribed::http {

// 415: the body is no form with the recording in the field `file_field`.
ApiError no_form(std::string_view file_field);

// Lives as long as a callback holds it; reads, parses and writes in turn, so that no more than a
// piece of the recording is in memory.
class FormUpload : public MultipartReader, public std::enable_shared_from_this<FormUpload> {
 public:
  // `boundary` as from multipart_boundary(). `file_field`: the name of the part with the recording;
  // of static storage.
  FormUpload(const SubmissionContext& context, ExchangePtr exchange, std::string_view boundary,
             std::string_view file_field);

  // Once. Answers the exchange, now or later.
  void start();

 protected:
  // A field beside the recording.
  virtual std::optional<ApiError> take_field(const std::string& name, const std::string& value) = 0;
  // All fields are there: what is asked for. Who uploads, where the recording lies and what it
  // holds is filled in afterwards.
  virtual tl::expected<scheduler::Submission, ApiError> request() = 0;
  // The model that the fields named so far; empty: the default. Nothing: it may still come.
  virtual std::optional<std::string> model_so_far() const = 0;
  // A job that is there already may be the answer; known when the file comes, or assumed not.
  virtual bool may_join() const = 0;
  // What stands before the recording's bytes on disk; asked when the first of them has arrived.
  virtual std::string header_of_file() { return {}; }
  // The job is on disk, or there was one already. The upload has no part in it any more.
  virtual void submitted(const scheduler::JobView& view) = 0;
  virtual Response to_answer(const ApiError& error) { return to_response(error); }

  const SubmissionContext& context() const { return context_; }
  const ExchangePtr& exchange() const { return exchange_; }

 private:
  bool on_field(std::string name, std::string value) override;
  bool on_file(std::string name, std::string file_name) override;
  bool on_file_data(std::string_view piece) override;
  bool on_file_end() override { return true; }

  core::Megabytes cap_mb() const;
  std::uint64_t cap_bytes() const;
  ApiError too_large() const;
  bool stop(ApiError error);
  void read_on();
  void take(const BodyPiece& piece);
  void take_rest(std::string_view piece);
  void finish();
  void submit(scheduler::Submission submission);
  // Answers once nothing of the upload is left.
  void refuse(ApiError error);

  const SubmissionContext& context_;
  ExchangePtr exchange_;
  const std::string_view file_field_;
  MultipartParser parser_;
  const core::JobId id_;
  std::unique_ptr<UploadFile> file_;
  std::string file_name_;
  ApiError error_;       // of a step that stopped the parser
  bool parsed_ = false;  // the final boundary was seen
  std::size_t rest_bytes_ = 0;
  std::uint64_t header_bytes_ = 0;
};

}  // namespace transcribed::http
