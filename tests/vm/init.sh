#!/bin/busybox sh
# shellcheck shell=dash disable=SC2086,SC2164,SC2174,SC1091 # its words have no blanks, its folders are there
# PID 1 of the test machine: makes it look like a learner's Linux box, runs the command that run.sh
# left in /vmtest, reports how it ended, and powers off. /vmtest/conf holds run.sh's options.
#   ttyS0 kernel log   ttyS1 the command's stdin and stdout   ttyS2 its stderr   ttyS3 status lines
PATH=/usr/sbin:/usr/bin:/sbin:/bin
HOME=/root TERM=linux
export PATH HOME TERM

# The command: in a session scope that belongs to root, as logind makes them, or in the user manager's
# delegated cgroup; as root, or as the learner.
run_command() {
    home=user.slice/user-0.slice/session-2.scope
    [ "$RUNAS" != user ] || home=user.slice/user-1000.slice/${CGHOME:-session-1.scope}
    case $CGROUP in
        v2) tree=/sys/fs/cgroup ;;
        v1) tree=/sys/fs/cgroup/systemd ;;
        hybrid) tree=/sys/fs/cgroup/unified ;;
        none) tree= ;;
    esac
    [ -z "$tree" ] || { mkdir -p $tree/$home && echo 0 > $tree/$home/cgroup.procs; }
    [ "$RUNAS" = user ] || { cd /root; exec /usr/bin/bash /vmtest/cmd; }
    mkdir -p -m 700 /run/user/1000
    chown 1000:1000 /run/user/1000
    cd /home/learner
    export HOME=/home/learner USER=learner LOGNAME=learner XDG_RUNTIME_DIR=/run/user/1000
    exec /usr/bin/setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all /usr/bin/bash /vmtest/cmd
}

mount_basics() {
    mount -t devtmpfs -o mode=755 dev /dev 2>/dev/null
    mkdir -p /dev/pts /dev/shm /dev/mqueue
    mount -t proc -o nosuid,nodev,noexec proc /proc
    mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
    mount -t devpts -o gid=0,mode=620,ptmxmode=666 devpts /dev/pts
    mount -t tmpfs -o mode=1777 tmpfs /dev/shm
    mount -t mqueue mqueue /dev/mqueue 2>/dev/null
    mount -t tmpfs -o mode=1777 tmpfs /tmp
    mount -t tmpfs -o mode=755 tmpfs /run
    mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
    mount -t securityfs securityfs /sys/kernel/security 2>/dev/null
    ln -sf /proc/self/fd /dev/fd
    ln -sf pts/ptmx /dev/ptmx
}

# As systemd lays it out: controllers delegated down to the user manager's folder.
cgroups_v2() {
    mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
    cd /sys/fs/cgroup
    # One at a time: a kernel without one of them must not lose the others.
    for controller in cpu memory io pids cpuset; do echo "+$controller" > cgroup.subtree_control; done 2>/dev/null
    manager=user.slice/user-1000.slice/user@1000.service
    mkdir -p init.scope user.slice/user-1000.slice/session-1.scope $manager
    for folder in user.slice user.slice/user-1000.slice; do
        for controller in cpu memory pids; do echo "+$controller" > $folder/cgroup.subtree_control; done
    done
    echo 1 > init.scope/cgroup.procs
    chown 1000:1000 $manager $manager/cgroup.procs $manager/cgroup.threads $manager/cgroup.subtree_control
    cd /
}

# The old layout: one hierarchy for each controller.
cgroups_v1() {
    mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
    for controller in $1; do
        grep -q "^$controller	" /proc/cgroups || continue
        mkdir -p /sys/fs/cgroup/$controller
        mount -t cgroup -o $controller cgroup /sys/fs/cgroup/$controller || rmdir /sys/fs/cgroup/$controller
    done
}

mount_cgroups() {
    case $CGROUP in
        v2) cgroups_v2 ;;
        v1) cgroups_v1 "cpu cpuacct memory blkio pids freezer devices cpuset net_cls perf_event"
            mkdir -p /sys/fs/cgroup/systemd
            mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd ;;
        hybrid) # as old systemd had it: v1 controllers, and a v2 tree without any
            cgroups_v1 "cpu memory blkio pids freezer"
            mkdir -p /sys/fs/cgroup/unified
            mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified ;;
        none) ;;
    esac
}

# Lines to run.sh must arrive as they are.
raw_terminals() { for n in 1 2 3; do stty -F /dev/ttyS$n raw -echo 115200 2>/dev/null; done; }

set_sysctls() { for setting in $SYSCTLS; do sysctl -w "$setting" >/dev/ttyS0 2>&1; done; }

# The small real Debian on /dev/vda, read-only below a tmpfs overlay, started by its own systemd.
# Its vmtest.service (prepare-systemd.sh) does what the end of this file does.
start_systemd() {
    mount -t devtmpfs dev /dev
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    for module in virtio_pci virtio_blk ext4 overlay veth bridge loop tun dummy; do modprobe $module; done
    raw_terminals
    set_sysctls
    mkdir -p /lower /upper /new
    mount -t ext4 -o ro /dev/vda /lower
    mount -t tmpfs tmpfs /upper
    mkdir /upper/files /upper/work
    mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /new
    mount -t ext4 "/dev/vd$([ -z "$DISK" ] && echo b || echo c)" /new/var/tmp && chmod 1777 /new/var/tmp
    cp -a /vmtest /new/
    cp -a /lib/modules /new/lib/
    if [ "$RUNAS" = user ]; then
        mkdir -p /new/etc/systemd/system/vmtest.service.d
        printf '[Service]\nUser=learner\n' > /new/etc/systemd/system/vmtest.service.d/user.conf
    fi
    echo "LANG=C.UTF-8" > /new/vmtest/env
    chmod 666 /dev/ttyS1 /dev/ttyS2 /dev/ttyS3
    printf 'KERNEL=="ttyS[123]", MODE="0666"\n' > /new/etc/udev/rules.d/99-vmtest.rules 2>/dev/null
    for setting in $SYSCTLS; do echo "${setting%%=*} = ${setting#*=}" >> /new/etc/sysctl.d/99-vmtest.conf; done
    umount /proc /sys
    mount --move /dev /new/dev
    exec switch_root /new /sbin/init
}

. /vmtest/conf
if [ "${1:-}" = run ]; then
    stty sane rows "$ROWS" columns "$COLS" # here: a serial line forgets its size when last closed
    run_command
fi
[ -z "$FULL" ] || start_systemd
if [ "${1:-}" != stage2 ]; then
    # pivot_root(2) refuses the bare initramfs (EINVAL before 7.x), so stand on a bind mount of it.
    mkdir /new
    mount --bind / /new
    cd /new
    mount --move . /
    exec chroot . /init stage2
fi
mount_basics
chown -R 1000:1000 /home/learner
hostname "$(cat /etc/hostname)"
ip link set lo up
raw_terminals
mount_cgroups
# A tmpfs, which the initramfs is, has no user extended attributes before Linux 6.6; a disk has.
for module in virtio_pci virtio_blk ext4; do modprobe $module; done 2>/dev/null
mount -t ext4 "/dev/vd$([ -z "$DISK" ] && echo a || echo b)" /var/tmp && chmod 1777 /var/tmp
set_sysctls
echo "UP $(cut -d' ' -f1 /proc/uptime)" > /dev/ttyS3
if [ -n "$INTERACTIVE" ]; then
    export TERM=xterm-256color
    # A new session whose controlling terminal is ttyS1.
    setsid -c /bin/busybox sh /init run </dev/ttyS1 >/dev/ttyS1 2>&1
else
    (run_command) </dev/null >/dev/ttyS1 2>/dev/ttyS2
fi
echo "EXIT $? $(cut -d' ' -f1 /proc/uptime)" > /dev/ttyS3
sleep 0.05 # until the serial line is drained
poweroff -f
