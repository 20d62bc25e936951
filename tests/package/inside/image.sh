#!/bin/sh
# In the root that the Dockerfile's steps have made: runs it as a container would, and takes the package away again.
set -eu
. /package-test/assertions.sh
TRANSCRIBED_API_KEY=only-for-this-test
export TRANSCRIBED_API_KEY
with_micro_model

# The image's own user, environment and command. RAM is another test's subject.
user=$(cat "$here/user")
set -- $(cat "$here/environment") "TRANSCRIBED_API_KEY=$TRANSCRIBED_API_KEY" TRANSCRIBED_MIN_SYSTEM_RAM_MB=0
mkfifo "$here/log"
setpriv --reuid "$user" --regid "$user" --init-groups env -i "PATH=$PATH" "$@" sh -c "exec $(cat "$here/command")" 2>"$here/log" &
daemon=$!
exec 3<"$here/log"
listens=
while [ -z "$listens" ] && read -r line <&3; do
  echo "$line"
  case "$line" in *"Listening on http://0.0.0.0:8585") listens=yes ;; esac
done
[ -n "$listens" ] || fail "the daemon does not listen (above is what it said)"
cat <&3 &
expect_equal "$(stat -c %U "/proc/$daemon")" "$user" "the daemon's user"
sh -c "$(cat "$here/healthcheck")" || fail "the health check"
one_job
kill -TERM "$daemon"
status=0
wait "$daemon" || status=$?
expect_equal "$status" 0 "the daemon's exit status"
removed_and_purged
