# Process trees behind ports::ProcessLauncher, and what start-up does about earlier ones.
add_library(transcribed_processes STATIC
  background_thread.cc data_folder_lock.cc keeper_lane.cc keeper_launcher.cc kept_run.cc
  launch_packet.cc leftovers.cc private_folder.cc)
target_link_libraries(transcribed_processes
  PUBLIC transcribed_ports transcribed_asio tl::expected
  PRIVATE fmt::fmt Threads::Threads)
