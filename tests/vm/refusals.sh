# shellcheck shell=sh
# Runs in the machine, as root: refuses the learner one thing after the other, and prints for each its
# name, doctor's report, doctor's exit code and verify's report, a line each. tests/vm.rs reads them.
#
# usage: refusals.sh GLASSBOX
glassbox=$1

as_learner() {
    cd /home/learner && setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all \
        env -i PATH="$PATH" HOME=/home/learner USER=learner LANG=C.UTF-8 "$@"
}

try() {
    echo "$1"; shift
    as_learner "$glassbox" doctor --json
    echo $?
    as_learner "$glassbox" verify --json "$@"
}

if [ -e /proc/sys/kernel/unprivileged_userns_clone ]; then
    sysctl -qw kernel.unprivileged_userns_clone=0
    try debians-switch 02-pid
    sysctl -qw kernel.unprivileged_userns_clone=1
fi

# Ubuntu's way with user namespaces: they can be made, and are good for nothing.
if command -v apparmor_parser >/dev/null && [ -e /sys/kernel/security/apparmor ]; then
    apparmor_parser --skip-cache --replace <<PROFILE
profile nocaps $glassbox flags=(attach_disconnected,mediate_deleted) {
    file, mount, umount, pivot_root, remount, signal, ptrace, unix, network,
    deny capability,
}
PROFILE
    try apparmor 02-pid
    echo "profile nocaps $glassbox {}" | apparmor_parser --remove
fi

# As where linux-modules-extra is not installed.
rmmod veth bridge overlay sch_tbf 2>/dev/null
for module in veth bridge overlay sch_tbf; do find /lib/modules -name "$module.ko*" -exec rm {} +; done
try no-modules 01-uts 06-overlay 08-net
