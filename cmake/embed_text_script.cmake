# Runs at build time for embed_text(). Each file becomes an array: compilers need not take longer
# string literals than 64 KB.
string(REPLACE "|" ";" files "${FILES}")
set(arrays "")
set(choices "")
set(number 0)
foreach(file IN LISTS files)
  math(EXPR number "${number} + 1")
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  # Lines of 16.
  set(sixteen "")
  foreach(i RANGE 1 16)
    string(APPEND sixteen "'...[^']'.")
  endforeach()
  string(REGEX REPLACE "(${sixteen})" "\\1\n" bytes "${bytes}")
  string(APPEND arrays "constexpr char text_${number}[] = {\n${bytes}'\\0'};\n")
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
