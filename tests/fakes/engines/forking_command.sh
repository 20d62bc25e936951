#!/bin/sh
# forking_command.sh STAGE AUDIO: leaves grandchildren in sessions of their own, deaf to SIGTERM,
# then does as held_command.sh.
setsid sh -c 'trap "" TERM HUP; sleep 1000 & setsid sleep 1000 & wait; sleep 1000' </dev/null >/dev/null 2>&1 &
exec sh "$(dirname "$0")/held_command.sh" "$@"
