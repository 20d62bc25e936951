#!/usr/bin/env bash
# package_test.sh BUILD: makes the package of what is built in BUILD, and looks into it.
set -euo pipefail
build=$1
source "$(dirname "$0")/debian_root.sh"
command -v dpkg-shlibdeps >/dev/null || skip "this machine has no dpkg-shlibdeps (Debian: dpkg-dev)."

# Compressing it well takes longer than all else.
package=$(DPKG_DEB_COMPRESSOR_TYPE=gzip DPKG_DEB_COMPRESSOR_LEVEL=1 "$source_root/scripts/package" "$build" "$build/package")
content=$(dpkg-deb --contents "$package" | awk '{ print $6 }')
failed=
has() { grep -qxF -- "./$1" <<<"$content" || { echo "It lacks $1"; failed=yes; }; }

for program in "$build"/bin/* ; do has "usr/bin/$(basename "$program")"; done
for program in "$build"/libexec/transcribed/*; do has "usr/libexec/transcribed/$(basename "$program")"; done
has usr/lib/systemd/system/transcribed.service
has etc/transcribed/transcribed.toml
has usr/share/doc/transcribed/copyright
has usr/share/doc/transcribed/docs/deployment.md
for page in "$source_root"/man/*.[158]; do
  [ -f "$page" ] && has "usr/share/man/man${page##*.}/$(basename "$page").gz"
done

# Nothing of the folder it was built in may be looked for on another machine. (Debug information, which names it, is gone.)
unpacked=$(mktemp -d "$build/package/unpacked.XXXXXX")
trap 'rm -rf "$unpacked"' EXIT
dpkg-deb --extract "$package" "$unpacked"
if grep -rlF "$source_root" "$unpacked/usr" "$unpacked/etc"; then
  echo "These name the folder of the sources, $source_root"
  failed=yes
fi
[ -z "$failed" ]
