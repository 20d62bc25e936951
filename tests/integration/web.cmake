# The dashboard: its logic, and the page in a browser against the real daemon. Once, not for every sanitizer.
if(NOT TRANSCRIBED_SANITIZE)
  foreach(kind unit browser)
    add_test(NAME web_${kind} COMMAND ${CMAKE_SOURCE_DIR}/scripts/test-web ${kind})
    set_tests_properties(web_${kind} PROPERTIES LABELS web TIMEOUT 900 SKIP_RETURN_CODE 77
      ENVIRONMENT "TRANSCRIBED_DAEMON=$<TARGET_FILE:transcribed>;NO_COLOR=1")
  endforeach()
endif()
