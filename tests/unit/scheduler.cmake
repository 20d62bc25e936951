transcribed_test(NAME scheduler_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/scheduling_contract_test.cc ${CMAKE_CURRENT_LIST_DIR}/job_life_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/worker_test.cc ${CMAKE_CURRENT_LIST_DIR}/job_queue_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/drain_test.cc ${CMAKE_CURRENT_LIST_DIR}/ledger_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/shared_process_test.cc ${CMAKE_CURRENT_LIST_DIR}/out_of_memory_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/unkillable_test.cc ${CMAKE_CURRENT_LIST_DIR}/queue_order_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/owners_test.cc ${CMAKE_CURRENT_LIST_DIR}/job_joining_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/event_bus_test.cc ${CMAKE_CURRENT_LIST_DIR}/job_events_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/status_json_test.cc ${CMAKE_CURRENT_LIST_DIR}/recording_fetches_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/webhook_sender_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/transcript_edit_test.cc ${CMAKE_CURRENT_LIST_DIR}/usage_history_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/vram_gauge_test.cc ${CMAKE_CURRENT_LIST_DIR}/vram_shortage_test.cc
  LIBRARIES transcribed_scheduler)
transcribed_test(NAME core_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/job_id_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/admission_test.cc ${CMAKE_CURRENT_LIST_DIR}/fair_share_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/vram_cost_test.cc ${CMAKE_CURRENT_LIST_DIR}/retry_policy_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/whisper_memory_docs_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/cpu_slots_test.cc ${CMAKE_CURRENT_LIST_DIR}/job_json_test.cc
          ${CMAKE_CURRENT_LIST_DIR}/pace_test.cc
  LIBRARIES transcribed_core transcribed_wire)

target_compile_definitions(core_test PRIVATE DOCS="${CMAKE_SOURCE_DIR}/docs")
# whisper_memory_docs_test.cc reads a header of the engine's.
target_include_directories(core_test PRIVATE ${CMAKE_SOURCE_DIR}/engines)
