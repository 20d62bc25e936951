# append_byte_array(variable file name): adds to `variable` the C++ array `name` of the file's bytes
# and a '\0'. Compilers need not take longer string literals than 64 KB.
function(append_byte_array variable file name)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  # Some compilers dislike lines of a megabyte: 16 a line.
  string(REPEAT "'...[^']'." 16 sixteen)
  string(REGEX REPLACE "(${sixteen})" "\\1\n" bytes "${bytes}")
  set(${variable} "${${variable}}constexpr char ${name}[] = {\n${bytes}'\\0'};\n" PARENT_SCOPE)
endfunction()
