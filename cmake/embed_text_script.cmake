# Runs at build time for embed_text(). Each file becomes an array.
include(${CMAKE_CURRENT_LIST_DIR}/ByteArray.cmake)
string(REPLACE "|" ";" files "${FILES}")
set(arrays "")
set(choices "")
set(number 0)
foreach(file IN LISTS files)
  math(EXPR number "${number} + 1")
  get_filename_component(name "${file}" NAME)
  append_byte_array(arrays "${file}" text_${number})
  string(APPEND choices "  if (name == \"${name}\") return text_${number};\n")
endforeach()
file(WRITE "${OUTPUT}" "#include <string_view>

namespace ${NAMESPACE} {
namespace {

${arrays}
}  // namespace

const char* ${FUNCTION}(std::string_view name) {
${choices}  return nullptr;
}

}  // namespace ${NAMESPACE}
")
