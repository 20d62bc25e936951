# For the scripts that run in a clean Debian. Sourced by sh.
here=/package-test
fail() {
  echo "FAILED: $*"
  exit 1
}
expect_equal() { [ "$1" = "$2" ] || fail "$3 is \"$1\" and not \"$2\""; }

# one_job: a spoken sentence, by each engine that the package has.
one_job() {
  transcribe --quiet --model pocketsphinx -o "$here" "$here/spoken.wav" || fail "PocketSphinx did not transcribe"
  grep -q 'good morning' "$here/spoken.txt" || fail "PocketSphinx heard \"$(cat "$here/spoken.txt")\""
  rm "$here/spoken.txt"
  if [ ! -x /usr/libexec/transcribed/transcribed-engine-whisper ]; then return; fi
  transcribe --quiet --model micro -o "$here" "$here/spoken.wav" || fail "Whisper did not transcribe"
  expect_equal "$(cat "$here/spoken.txt")" "$(cat "$here/said")" "what Whisper heard"
  rm "$here/spoken.txt"
}

# What the file brings commented out.
with_micro_model() {
  if [ -e /usr/share/transcribed/micro-whisper.bin ]; then
    sed -i -E '/^# \[models.micro\]/,$ s/^# //' /etc/transcribed/transcribed.toml
  fi
}

# own_files: what the package, or its user, has anywhere on this machine.
own_files() {
  find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path "$here" -o -path /var/log \) -prune -o \
    \( -iname '*transcribed*' -o -user "$1" -o -group "$2" \) -print
}

# removed_and_purged: removing keeps what is the user's own, purging leaves nothing.
removed_and_purged() {
  user=$(id -u transcribed)
  group=$(id -g transcribed)
  DEBIAN_FRONTEND=noninteractive apt-get remove -y transcribed >"$here/apt.log" 2>&1 || { cat "$here/apt.log"; fail "apt-get remove"; }
  [ -e /etc/transcribed/transcribed.toml ] || fail "removing took the configuration away"
  [ -e /var/lib/transcribed/jobs.db ] || fail "removing took the jobs away"
  [ ! -e /usr/bin/transcribed ] && [ ! -e /usr/lib/transcribed ] && [ ! -e /usr/libexec/transcribed ] || fail "removing left programs"
  DEBIAN_FRONTEND=noninteractive apt-get purge -y transcribed >"$here/apt.log" 2>&1 || { cat "$here/apt.log"; fail "apt-get purge"; }
  left=$(own_files "$user" "$group")
  [ -z "$left" ] || fail "purging left:
$left"
  if getent passwd transcribed || getent group transcribed; then fail "purging left the user"; fi
}
