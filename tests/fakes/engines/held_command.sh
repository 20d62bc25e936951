#!/bin/sh
# held_command.sh STAGE AUDIO: a command engine that writes down when it starts and ends, and ends
# when the test lets it. See tests/integration/engine_stage.h.
stage=$1
audio=$2
job=$TRANSCRIBED_JOB_ID
exec 9>"$stage/locks/$job"
# The lock goes with the last process that has it, however that ends.
flock -n 9 || echo "twice $job" >>"$stage/ledger"
echo "start $job $CUDA_VISIBLE_DEVICES $$" >>"$stage/ledger"
if [ -p "$stage/gate" ]; then
  dd bs=1 count=1 status=none <"$stage/gate" >/dev/null
fi
echo "heard $(cat "$audio")"
echo "end $job $CUDA_VISIBLE_DEVICES $$" >>"$stage/ledger"
