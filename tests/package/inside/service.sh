#!/bin/sh
# Runs as root on a machine that has booted with the package: what systemd makes of the service.
set -eu
. /package-test/assertions.sh
trap 'status=$?; [ $status -eq 0 ] || journalctl --no-pager -u transcribed.service | tail -n 40' EXIT
unit=/usr/lib/systemd/system/transcribed.service

echo "== The unit"
complaints=$(systemd-analyze verify "$unit" 2>&1) || true
expect_equal "$complaints" "" "what systemd-analyze verify says"
# 0 is the least that it may do and 10 the most; its own threshold is in tenths.
systemd-analyze security --no-pager --threshold=20 transcribed.service >"$here/security" || fail "$(tail -n 1 "$here/security")"
tail -n 1 "$here/security"

echo "== Booting starts it, as its user"
systemctl is-active --quiet transcribed.service || fail "it does not run"
daemon=$(systemctl show -P MainPID transcribed.service)
expect_equal "$(stat -c %U "/proc/$daemon")" transcribed "the daemon's user"
expect_equal "$(stat -c '%U %a' /var/lib/transcribed)" "transcribed 750" "the data folder's owner"

echo "== It wants the key of /etc/transcribed/environment"
if transcribe jobs 2>/dev/null; then fail "it answered without a key"; fi
TRANSCRIBED_API_KEY=only-for-this-test
export TRANSCRIBED_API_KEY

echo "== Root makes a key for it"
key=$(transcribed keys add office 2>/dev/null)
until TRANSCRIBED_API_KEY=$key transcribe jobs >/dev/null 2>&1; do sleep 0.1; done

echo "== Jobs run in its sandbox, and nothing gets out of it"
one_job
transcribe --quiet --model burglar -o "$here" "$here/spoken.wav" || fail "the burglar's job failed"
expect_equal "$(cat "$here/spoken.txt")" end "what an engine could do"
[ ! -e /tmp/booty ] || fail "an engine's /tmp is everybody's"

if grep -q '^.models.fetch' /etc/transcribed/transcribed.toml; then
  echo "== The fetcher finds out in it what this machine's addresses are"
  transcribe --quiet --overwrite --model fetch -o "$here" "$here/spoken.wav" || fail "the fetcher's job failed"
  grep -q 'localhost leads to .*(loopback)' "$here/spoken.txt" || fail "the fetcher says $(cat "$here/spoken.txt")"
fi

echo "== A stop lets what runs finish"
id=$(transcribe --quiet --detach --model held "$here/spoken.wav")
until transcribe show "$id" | grep -q running; do sleep 0.1; done
if timeout 2 systemctl stop transcribed.service; then fail "the stop did not wait for a job"; fi
expect_equal "$(systemctl show -P ActiveState transcribed.service)" deactivating "the service's state after TimeoutStopSec"
touch /var/lib/transcribed/go
systemctl stop transcribed.service
expect_equal "$(systemctl show -P Result transcribed.service)" success "the stop's result"
systemctl start transcribed.service
expect_equal "$(transcribe show "$id" -f txt)" "held words" "the text of the job that the stop met"
# systemd has told the daemon alone: the engine was not ended and its job not begun anew.
expect_equal "$(transcribe show "$id" | sed -n 's/^attempt *//p')" 1 "the job's attempts"

echo "== An update restarts it, and keeps jobs and configuration"
before=$(systemctl show -P MainPID transcribed.service)
DEBIAN_FRONTEND=noninteractive dpkg -i "$here"/transcribed_*.deb >"$here/apt.log" 2>&1 || { cat "$here/apt.log"; fail "the update"; }
systemctl is-active --quiet transcribed.service || fail "it does not run after the update"
[ "$(systemctl show -P MainPID transcribed.service)" != "$before" ] || fail "the update did not restart it"
expect_equal "$(transcribe show "$id" -f txt)" "held words" "the text of a job from before the update"

rm -r /etc/systemd/system/transcribed.service.d

echo "== Removing ends it, purging leaves nothing"
removed_and_purged
if systemctl is-active --quiet transcribed.service; then fail "it still runs"; fi
echo "All is well."
