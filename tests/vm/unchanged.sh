# shellcheck shell=sh
# Runs a command, and looks at the machine before, again and again meanwhile, and after: mounts,
# interfaces, /dev, IPC objects, users and settings, the hostname among them, must be the same.
# Exit status: the command's, or 70 with what changed on standard error.
#
# usage: unchanged.sh COMMAND [ARGS...]
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
settings="kernel/hostname kernel/domainname kernel/core_pattern kernel/pid_max kernel/shmmax kernel/msgmax
    vm/swappiness vm/overcommit_memory fs/file-max fs/mqueue/queues_max net/ipv4/ip_forward
    net/ipv4/ping_group_range net/ipv4/ip_unprivileged_port_start net/ipv6/conf/all/forwarding"

# Few processes: each costs tens of milliseconds in an emulated machine.
state() {
    cut -d: -f1 /proc/self/net/dev
    ls /dev /dev/mqueue /dev/shm
    (cd /proc/sys && cat /proc/self/mountinfo /proc/sysvipc/* /etc/passwd /etc/group /etc/hostname user/max_* $settings)
}

same() {
    state > "$folder/now" 2>&1
    cmp -s "$folder/before" "$folder/now" && return
    diff "$folder/before" "$folder/now" >&2
    changed=1
}

state > "$folder/before" 2>&1
changed='' looks=0
"$@" &
while kill -0 $! 2>/dev/null; do
    same
    looks=$((looks + 1))
    sleep 2
done
wait $!
status=$?
same
echo "the machine was looked at $looks times meanwhile" >&2
[ -z "$changed" ] || exit 70
exit $status
