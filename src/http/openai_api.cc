#include "http/openai_api.h"

#include <algorithm>
#include <chrono>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "http/form_upload.h"
#include "http/multipart.h"
#include "http/openai_request.h"
#include "http/waiting_answer.h"

namespace transcribed::http {
namespace {

class OpenAiUpload final : public FormUpload {
 public:
  OpenAiUpload(const SubmissionContext& context, ExchangePtr exchange, std::string_view boundary,
               OpenAiRequest::Task task)
      : FormUpload(context, std::move(exchange), boundary, "file"),
        fields_(std::make_shared<OpenAiRequest>(task)) {}

 private:
  std::optional<ApiError> take_field(const std::string& name, const std::string& value) override {
    if (auto error = fields_->set(name, value)) return error;
    if (name != "model") return std::nullopt;
    auto model = openai_model(value, context().jobs.models());
    if (!model) return std::move(model.error());
    model_ = std::move(*model);
    return std::nullopt;
  }

  std::optional<std::string> model_so_far() const override { return model_; }

  bool may_join() const override { return true; }

  tl::expected<scheduler::Submission, ApiError> request() override {
    if (!model_) {
      return tl::unexpected(
          bad_request("model_missing",
                      "The form has no \"model\"; whisper-1 stands for the default.", "model"));
    }
    auto options = fields_->options();
    if (!options) return tl::unexpected(std::move(options.error()));
    scheduler::Submission submission;
    submission.model = *model_;
    submission.options = std::move(*options);
    submission.interactive = true;
    submission.deduplicate = true;
    return submission;
  }

  void submitted(const scheduler::JobView& view) override {
    if (fields_->stream()) return stream_until_ended(context(), exchange(), view);
    answer_when_ended(
        context(), exchange(), view,
        {.transcript =
             [fields = fields_](const core::Job&, const core::Transcript& transcript) {
               return fields->answer(transcript);
             },
         .error = with_retry_advice});
  }

  Response to_answer(const ApiError& error) override { return with_retry_advice(error); }

  std::shared_ptr<OpenAiRequest> fields_;
  std::optional<std::string> model_;  // for JobService
};

Handler upload_handler(const SubmissionContext& context, OpenAiRequest::Task task) {
  return [&context, task](ExchangePtr exchange) {
    const auto boundary = multipart_boundary(exchange->header("content-type"));
    if (!boundary) {
      exchange->respond(to_response(no_form("file")));
      return;
    }
    std::make_shared<OpenAiUpload>(context, std::move(exchange), *boundary, task)->start();
  };
}

boost::json::object model_json(const std::string& name, std::int64_t created) {
  return {{"id", name}, {"object", "model"}, {"created", created}, {"owned_by", "transcribed"}};
}

// The models that can be used now, and the alias clients expect where there is a default.
std::vector<std::string> usable_models(const scheduler::ModelsView& models) {
  std::vector<std::string> names;
  bool has_default = false;
  for (const scheduler::ModelView& one : models.models) {
    if (one.unavailable) continue;
    names.push_back(one.name);
    has_default = has_default || one.is_default;
  }
  if (has_default && std::ranges::find(names, "whisper-1") == names.end()) {
    names.emplace_back("whisper-1");
  }
  return names;
}

Response json_response(const boost::json::object& body) {
  Response response;
  response.body = boost::json::serialize(body) + '\n';
  return response;
}

}  // namespace

void add_openai_api(Router& router, const SubmissionContext& context) {
  using Task = OpenAiRequest::Task;
  router.add(Method::post, "/v1/audio/transcriptions", upload_handler(context, Task::transcribe));
  router.add(Method::post, "/v1/audio/translations", upload_handler(context, Task::translate));
  // Clients only want a number here; models have no date of birth.
  const std::int64_t started = std::chrono::duration_cast<std::chrono::seconds>(
                                   std::chrono::system_clock::now().time_since_epoch())
                                   .count();
  auto& jobs = context.jobs;
  router.add(Method::get, "/v1/models", [&jobs, started](const ExchangePtr& exchange) {
    boost::json::array list;
    for (const std::string& name : usable_models(jobs.models())) {
      list.push_back(model_json(name, started));
    }
    exchange->respond(json_response({{"object", "list"}, {"data", std::move(list)}}));
  });
  router.add(Method::get, "/v1/models/{id}", [&jobs, started](const ExchangePtr& exchange) {
    const std::string id(exchange->path_parameter("id"));
    const auto names = usable_models(jobs.models());
    if (std::ranges::find(names, id) != names.end()) {
      exchange->respond(json_response(model_json(id, started)));
      return;
    }
    ApiError error =
        bad_request("model_not_found", "The model '" + id + "' does not exist here.", "model");
    error.status = 404;
    exchange->respond(to_response(error));
  });
}

}  // namespace transcribed::http
