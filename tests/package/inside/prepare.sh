#!/bin/sh
# Before the machine of the service test boots: systemd, the package, and a configuration.
set -eu
. /package-test/assertions.sh
export DEBIAN_FRONTEND=noninteractive
apt-get install -y --no-install-recommends systemd systemd-sysv dbus
apt-get install -y --no-install-recommends "$here"/transcribed_*.deb
with_micro_model
cat >>/etc/transcribed/transcribed.toml <<END

# Runs until it is told that it may end.
[models.held]
engine = "command"
command = ["sh", "-c", "until [ -e /var/lib/transcribed/go ]; do sleep 0.1; done; echo held words", "{audio}"]

# Says what it could do of which the file system's permissions alone would not keep it.
[models.burglar]
engine = "command"
command = ["sh", "$here/burglar.sh", "{audio}"]
END
if [ -e /usr/libexec/transcribed/transcribed-fetcher ]; then
  printf '[models.fetch]\nengine = "command"\ncommand = ["sh", "%s/fetch.sh", "{audio}"]\n' "$here" >>/etc/transcribed/transcribed.toml
fi
mkdir -m 777 /opt/anyone /home/anyone
# RAM is another test's subject.
cat >/etc/transcribed/environment <<END
TRANSCRIBED_API_KEY=only-for-this-test
TRANSCRIBED_MIN_SYSTEM_RAM_MB=0
END
chmod 600 /etc/transcribed/environment
# Shorter than the stop of the test takes: the daemon must ask for more.
mkdir /etc/systemd/system/transcribed.service.d
printf '[Service]\nTimeoutStopSec=1\n' >/etc/systemd/system/transcribed.service.d/stop.conf
cat >/etc/systemd/system/package-test.service <<END
[Unit]
After=transcribed.service
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
ExecStart=/bin/sh $here/service.sh
StandardOutput=file:$here/service.log
StandardError=inherit
[Install]
WantedBy=multi-user.target
END
systemctl enable package-test.service
