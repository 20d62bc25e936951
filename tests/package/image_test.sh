#!/usr/bin/env bash
# image_test.sh BUILD: what the Dockerfile makes of the package, in a clean Debian instead of a container: its steps, its
# command as its user, its health check, and one job. Then the package is removed and purged.
set -euo pipefail
build=$1
here=$(dirname "$0")
source "$here/debian_root.sh"
need debootstrap unshare ip flite python3
root=$build/package/image-root
trap 'rm -rf --one-file-system "$root"' EXIT
debian_root "$root"

mkdir -m 755 "$root/package-test"
python3 "$here/dockerfile.py" "$source_root/Dockerfile" "$root/package-test"
cp "$here"/inside/*.sh "$root/package-test/"
sentence="hello world good morning please open window"
echo "$sentence" >"$root/package-test/said"
flite -voice awb -t "$sentence" -o "$root/package-test/spoken.wav"
chmod 644 "$root/package-test/spoken.wav"
while read -r from what where; do
  [ "$from" = --from=build ] && [ "$(basename "$what")" = '*.deb' ] || { echo "COPY $from $what $where is not known to this test"; exit 1; }
  cp "$build"/package/transcribed_*.deb "$root$where"
done <"$root/package-test/copies"

enter='mount -t proc proc "$1/proc" && exec chroot "$1" sh "$2"'
log=$root/package-test/run.log
isolated sh -c "$enter" enter "$root" /package-test/run.sh >"$log" 2>&1 || { tail -n 30 "$log"; echo "The Dockerfile's RUN failed."; exit 1; }
keep_archives "$root"
isolated_network sh -c "$enter" enter "$root" /package-test/image.sh
