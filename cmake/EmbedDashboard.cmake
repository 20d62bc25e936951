# cmake -D FOLDER=build/web -D OUTPUT=dashboard_files.cc -P EmbedDashboard.cmake
# Writes a source file that holds the files of FOLDER, as http/dashboard.h wants them. NAME.gz is
# the compressed form of NAME.
include(${CMAKE_CURRENT_LIST_DIR}/ByteArray.cmake)
file(GLOB_RECURSE names RELATIVE ${FOLDER} ${FOLDER}/*)
list(FILTER names EXCLUDE REGEX "\\.gz$|(^|/)\\.")
list(SORT names)

set(types
  html "text/html; charset=utf-8" js "text/javascript; charset=utf-8"
  css "text/css; charset=utf-8" svg "image/svg+xml")

set(arrays "")
set(table "")
set(number 0)
foreach(name IN LISTS names)
  math(EXPR number "${number} + 1")
  string(REGEX MATCH "[a-z]+$" extension "${name}")
  list(FIND types "${extension}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "${name}: no content type is known for it; add one to cmake/EmbedDashboard.cmake")
  endif()
  math(EXPR at "${at} + 1")
  list(GET types ${at} type)
  set(path "/${name}")
  if(name STREQUAL "index.html")
    set(path "/")
  endif()
  file(SHA256 ${FOLDER}/${name} digest)
  string(SUBSTRING ${digest} 0 16 digest)
  append_byte_array(arrays ${FOLDER}/${name} plain_${number})
  set(gzip "{}")
  if(EXISTS ${FOLDER}/${name}.gz)
    append_byte_array(arrays ${FOLDER}/${name}.gz gzip_${number})
    set(gzip "text(gzip_${number})")
  endif()
  string(APPEND table "    {\"${path}\", \"${type}\", \"${digest}\", text(plain_${number}), ${gzip}},\n")
endforeach()

file(WRITE ${OUTPUT} "// Written by cmake/EmbedDashboard.cmake.
#include <array>
#include <cstddef>

#include \"http/dashboard.h\"

namespace transcribed::http {
namespace {

${arrays}
template <std::size_t size>
std::string_view text(const char (&bytes)[size]) {
  return {bytes, size - 1};
}

const std::array<DashboardFile, ${number}> files{{
${table}}};

}  // namespace

std::span<const DashboardFile> built_in_dashboard() { return files; }

}  // namespace transcribed::http
")
