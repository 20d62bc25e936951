# docs/openapi.json against the real daemon. Skipped, with the reason, without python3-jsonschema.
add_test(NAME openapi
  COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_LIST_DIR}/openapi_test.py $<TARGET_FILE:transcribed> ${CMAKE_SOURCE_DIR}/tests/fakes)
set_tests_properties(openapi PROPERTIES LABELS daemon SKIP_RETURN_CODE 77 TIMEOUT 300)
