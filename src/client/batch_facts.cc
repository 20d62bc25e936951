#include "client/batch_facts.h"

#include "wire/utf8.h"

namespace transcribed::client {

namespace json = boost::json;

json::object file_facts(std::string_view event, const Input& input, const std::string& id) {
  json::object facts;
  facts["event"] = event;
  facts["file"] = wire::to_valid_utf8(spelled(input));
  facts["id"] = id.empty() ? json::value(nullptr) : json::value(id);
  return facts;
}

json::object running_facts(const Input& input, const JobInfo& job) {
  json::object facts = file_facts("running", input, job.id);
  facts["attempt"] = job.attempt;
  facts["gpu_id"] = job.gpu_id ? json::value(*job.gpu_id) : json::value(nullptr);
  return facts;
}

json::object problem_facts(std::string_view event, const Input& input, const std::string& id,
                           std::string_view message) {
  json::object facts = file_facts(event, input, id);
  if (!message.empty()) facts["message"] = wire::to_valid_utf8(message);
  return facts;
}

json::object notice_facts(std::string_view sentence) {
  return {{"event", "notice"}, {"message", wire::to_valid_utf8(sentence)}};
}

}  // namespace transcribed::client
