#!/bin/sh
# An engine that asks the fetcher, as the daemon does, for something of this machine, and says what it answered.
cd /tmp || exit 1
mkfifo asked answered
/usr/libexec/transcribed/transcribed-fetcher <asked >answered &
exec 3>asked 4<answered
echo '{"type":"fetch","id":"a","url":"http://localhost/","file":"/tmp/a","max_bytes":9,"connect_timeout_s":9,"idle_timeout_s":9,"total_timeout_s":9}' >&3
read -r answer <&4
echo "$answer"
exec 3>&-
wait
