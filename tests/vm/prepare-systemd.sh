#!/bin/sh
# Build the disk image of a small real Debian with systemd, logind and sudo, for `run.sh -f`; a second
# call with nothing changed does nothing.
#
# usage: prepare-systemd.sh [SUITE] [EXTRA-PACKAGE,...]      as root; SUITE defaults to bookworm
# needs: mmdebstrap, e2fsprogs, and an apt that knows the suite
# env:   GLASSBOX_VM_CACHE   as in prepare.sh
#        GLASSBOX_VM_MIRROR  where packages come from (default: where this machine's apt has them from)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${GLASSBOX_VM_CACHE:-$here/../../target/vm}
suite=${1:-bookworm}
packages=systemd-sysv,dbus,dbus-user-session,libpam-systemd,uidmap,iproute2,procps,login,passwd,kmod,sudo,strace,python3${2:+,$2}

# Nothing in the machine needs these, and each costs boot time under emulation.
unwanted="apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service
    fstrim.timer systemd-timesyncd.service systemd-resolved.service systemd-networkd.service getty@tty1.service
    serial-getty@ttyS0.service systemd-pstore.service systemd-hwdb-update.service
    systemd-journal-catalog-update.service systemd-update-utmp.service ldconfig.service
    systemd-firstboot.service systemd-random-seed.service systemd-binfmt.service"

fail() { echo "vm/prepare-systemd: $*" >&2; exit 1; }

image=$cache/full-$suite.img archive=$cache/full-$suite.tar stamp=$cache/stamp-full-$suite
wanted="$packages $(sha256sum < "$here/prepare-systemd.sh")"
[ ! -e "$image" ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0
[ "$(id -u)" = 0 ] || fail "must be root: the image holds files of root"
command -v mmdebstrap >/dev/null || fail "no mmdebstrap: apt-get install mmdebstrap"
mirror=${GLASSBOX_VM_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 2>/dev/null |
    sort | uniq -c | sort -rn | awk '{ print $2; exit }')}
[ -n "$mirror" ] || fail "apt here knows no mirror for $suite: apt-get update, or set GLASSBOX_VM_MIRROR"
mkdir -p "$cache"
work=$cache/full-root
rm -rf "$work"
[ "$(cat "$archive.packages" 2>/dev/null)" = "$packages" ] || rm -f "$archive"
[ -e "$archive" ] || mmdebstrap --quiet --variant=minbase --include="$packages" "$suite" "$archive" "$mirror"
echo "$packages" > "$archive.packages"
mkdir "$work"
tar -C "$work" -xf "$archive" --numeric-owner

chroot "$work" useradd -m -s /bin/bash -G sudo learner # uid 1000, subuid 100000-165535, as after an installation
echo 'learner ALL=(ALL) NOPASSWD:ALL' > "$work/etc/sudoers.d/learner"
echo vmtest > "$work/etc/hostname"
: > "$work/etc/machine-id"
for unit in $unwanted; do ln -sf /dev/null "$work/etc/systemd/system/$unit"; done

# The command runs as a logind session of its user, as after ssh: pam_systemd makes session-N.scope
# and user@UID.service. vmtest/cmd and vmtest/env come from run.sh and init.sh.
cat > "$work/etc/systemd/system/vmtest.service" <<'UNIT'
[Unit]
Description=the command under test
After=systemd-user-sessions.service dbus.service systemd-logind.service
[Service]
Type=oneshot
EnvironmentFile=/vmtest/env
PAMName=login
WorkingDirectory=~
StandardInput=null
ExecStart=/bin/bash -c '/bin/bash /vmtest/cmd >/dev/ttyS1 2>/dev/ttyS2; echo "EXIT $? $(cut -d" " -f1 /proc/uptime)" >/dev/ttyS3'
ExecStopPost=+/bin/sh -c 'sleep 0.1; echo o > /proc/sysrq-trigger'
TimeoutStartSec=infinity
UNIT
mkdir -p "$work/etc/systemd/system/multi-user.target.wants" "$work/vmtest"
ln -sf ../vmtest.service "$work/etc/systemd/system/multi-user.target.wants/vmtest.service"
ln -sf /lib/systemd/system/multi-user.target "$work/etc/systemd/system/default.target"

rm -rf "$work"/usr/share/doc/* "$work"/usr/share/locale/* "$work"/var/lib/apt/lists/* "$work"/var/cache/apt/*
rm -f "$image"
truncate -s 600M "$image"
mke2fs -q -F -t ext4 -O ^has_journal -d "$work" "$image"
rm -rf "$work"
echo "$wanted" > "$stamp"
echo "vm/prepare-systemd: $suite, $(($(stat -c %b "$image") / 2048)) MiB"
