# The HTTP floor over real sockets, with a JobService in memory.
transcribed_test(NAME http_server_test
  SOURCES http_audio_test.cc http_dashboard_test.cc http_events_test.cc http_history_test.cc http_jobs_test.cc http_limits_test.cc http_server_test.cc http_stream_test.cc http_upload_memory_test.cc
          http_upload_test.cc
  LIBRARIES transcribed_http transcribed_wire Boost::json
  LABELS http threads)
