# A clean Debian of this machine's release in a folder, for the tests of the package. Sourced by bash.
#
# Making one takes a minute, and every file of it comes from the network. So it is made once and kept in
# build/debian-root/, as are the packages that ours needs; each test unpacks it into a folder of its own.
source_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kept=$source_root/build/debian-root

# ctest takes this status for "skipped".
skip() {
  echo "Skipped: $*"
  exit 77
}

need() {
  [ "$(id -u)" -eq 0 ] || skip "a root folder of Debian can be made and entered by root only."
  grep -q '^ID=debian' /etc/os-release || skip "this is no Debian, so no package for it can be installed here."
  local program
  for program in "$@"; do
    command -v "$program" >/dev/null || skip "$program is missing (scripts/install-packages test)."
  done
}

# debian_root FOLDER: a clean root, ready for apt.
debian_root() {
  local root=$1 codename mirror tar log
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"')
  mirror=$("$source_root/scripts/debian-mirror")
  mkdir -p "$kept/archives"
  # What is in it are programs of root's; nobody else has to find them.
  chmod 700 "$kept"
  tar=$kept/$codename-$(dpkg --print-architecture).tar
  log=$kept/debootstrap.log
  exec 9>"$kept/lock"
  flock 9
  if [ ! -f "$tar" ]; then
    rm -rf "$kept/making"
    debootstrap --variant=minbase "$codename" "$kept/making" "$mirror" >"$log" 2>&1 || {
      tail -n 5 "$log"
      skip "no Debian could be fetched from $mirror."
    }
    tar -C "$kept/making" --numeric-owner -cf "$tar.part" .
    mv "$tar.part" "$tar"
    rm -rf "$kept/making"
  fi
  rm -rf "$root"
  mkdir -p "$root"
  tar -C "$root" --numeric-owner -xpf "$tar"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  find "$kept/archives" -name '*.deb' -exec cp -t "$root/var/cache/apt/archives" {} +
  flock -u 9
  chroot "$root" apt-get update >"$root/update.log" 2>&1 || {
    tail -n 5 "$root/update.log"
    skip "$mirror does not answer."
  }
  rm "$root/update.log"
}

# keep_archives ROOT: what apt has fetched there need not be fetched again.
keep_archives() {
  exec 9>"$kept/lock"
  flock 9
  find "$1/var/cache/apt/archives" -name '*.deb' ! -name 'transcribed_*' -exec cp -n -t "$kept/archives" {} +
  flock -u 9
}

# isolated COMMAND...: in namespaces of its own, so that no mount and no process of it outlives it.
isolated() { unshare --mount --pid --fork --kill-child --mount-proc "$@"; }
# The same with a network of its own, where every port is free.
isolated_network() { isolated --net sh -c 'ip link set lo up && exec "$@"' isolated "$@"; }
