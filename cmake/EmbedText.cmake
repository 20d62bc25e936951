# embed_text(NAMESPACE n FUNCTION f FILES ... OUTPUT_VARIABLE v): a source file whose function
# gives the text of a file by its name (nullptr for any other), made anew when one of them changes.
function(embed_text)
  cmake_parse_arguments(ARG "" "NAMESPACE;FUNCTION;OUTPUT_VARIABLE" "FILES" ${ARGN})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${ARG_FUNCTION}.cc)
  list(JOIN ARG_FILES "|" files)
  add_custom_command(OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DNAMESPACE=${ARG_NAMESPACE} -DFUNCTION=${ARG_FUNCTION} -DFILES=${files}
      -DOUTPUT=${source} -P ${CMAKE_SOURCE_DIR}/cmake/embed_text_script.cmake
    DEPENDS ${ARG_FILES} ${CMAKE_SOURCE_DIR}/cmake/embed_text_script.cmake ${CMAKE_SOURCE_DIR}/cmake/ByteArray.cmake
    VERBATIM COMMENT "Embedding text for ${ARG_FUNCTION}()")
  set(${ARG_OUTPUT_VARIABLE} ${source} PARENT_SCOPE)
endfunction()
