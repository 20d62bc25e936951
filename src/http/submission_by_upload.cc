// multipart/form-data to POST /api/jobs: the recording itself.
#include "http/form_upload.h"
#include "http/job_parameters.h"
#include "http/job_waiters.h"
#include "http/submission.h"

namespace transcribed::http {
namespace {

class JobUpload final : public FormUpload {
 public:
  JobUpload(const SubmissionContext& context, ExchangePtr exchange, std::string_view boundary)
      : FormUpload(context, std::move(exchange), boundary, "file") {}

 private:
  std::optional<ApiError> take_field(const std::string& name, const std::string& value) override {
    if (name == "path" || name == "url") {
      return bad_request("unknown_field",
                         "\"" + name + "\" goes into a JSON body, not into a form.", name);
    }
    return parameters_.set(name, value);
  }

  std::optional<std::string> model_so_far() const override {
    if (parameters_.has_model()) return parameters_.model;
    return std::nullopt;
  }

  bool may_join() const override { return parameters_.deduplicate; }

  tl::expected<scheduler::Submission, ApiError> request() override {
    if (auto error = parameters_.conflict()) return tl::unexpected(std::move(*error));
    scheduler::Submission submission;
    submission.model = parameters_.model;
    submission.name = parameters_.name;
    submission.options = parameters_.options;
    submission.priority = parameters_.priority;
    submission.deduplicate = parameters_.deduplicate;
    submission.callback_url = parameters_.callback_url;
    return submission;
  }

  void submitted(const scheduler::JobView& view) override {
    // Whoever submits a batch comes back for it without waiting.
    if (view.joined) context().waiters.keep(view.job.id);
    exchange()->respond(http::submitted(view));
  }

  JobParameters parameters_;
};

}  // namespace

void take_upload(const SubmissionContext& context, ExchangePtr exchange,
                 std::string_view boundary) {
  std::make_shared<JobUpload>(context, std::move(exchange), boundary)->start();
}

}  // namespace transcribed::http
