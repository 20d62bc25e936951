#!/usr/bin/env bash
# service_test.sh BUILD: boots a clean Debian with the package in a container (systemd-nspawn), so that the service runs under
# systemd with all its restrictions: jobs, a stop, an update, removal.
set -euo pipefail
build=$1
here=$(dirname "$0")
source "$here/debian_root.sh"
need debootstrap unshare flite systemd-nspawn
root=$build/package/service-root
# A container's control groups stand below those of who starts it: it gets one of its own, wherever this machine keeps them.
hierarchies=$(awk '$3 == "cgroup2" || ($3 == "cgroup" && $4 ~ /name=systemd/) { print $2 }' /proc/mounts)
name=transcribed-package-test-$$
leave() {
  for hierarchy in $hierarchies; do find "$hierarchy/$name" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
  rm -rf --one-file-system "$root"
}
trap leave EXIT
debian_root "$root"

mkdir -m 755 "$root/package-test"
cp "$here"/inside/*.sh "$build"/package/transcribed_*.deb "$root/package-test/"
sentence="hello world good morning please open window"
echo "$sentence" >"$root/package-test/said"
flite -voice awb -t "$sentence" -o "$root/package-test/spoken.wav"
chmod 644 "$root/package-test/spoken.wav"
log=$root/package-test/prepare.log
isolated sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" sh /package-test/prepare.sh' prepare "$root" >"$log" 2>&1 ||
  { tail -n 30 "$log"; echo "The package could not be installed beside systemd."; exit 1; }
keep_archives "$root"

(
  for hierarchy in $hierarchies; do
    mkdir -p "$hierarchy/$name" && echo $BASHPID >"$hierarchy/$name/cgroup.procs" || skip "$hierarchy cannot be written to."
  done
  status=0
  isolated systemd-nspawn --quiet --boot --register=no --keep-unit --private-network --console=pipe --directory "$root" \
    </dev/null >"$build/package/nspawn.log" 2>&1 || status=$?
  if [ ! -e "$root/package-test/service.log" ]; then
    tail -n 5 "$build/package/nspawn.log"
    skip "systemd does not boot in a container here."
  fi
  cat "$root/package-test/service.log"
  exit "$status"
)
