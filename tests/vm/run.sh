#!/bin/bash
# Run one command in a throw-away virtual machine that looks like a learner's Linux box, and give
# back its stdout, stderr and exit status. Emulated, so /dev/kvm is not needed: about three seconds.
#
# usage: run.sh [options] BINARY [ARGS...]       BINARY is copied in as /vmtest/bin/NAME
#        run.sh [options] -s SCRIPT [ARGS...]    runs a shell script of this machine
#        run.sh [options] -c 'shell command'
#   -k NAME       kernel: 6.1 (default), or whatever prepare.sh was told
#   -u            as the ordinary user learner (uid 1000, subuid 100000-165535); default root
#   -g v2|v1|hybrid|none   cgroup layout (default v2 with cpu memory io pids cpuset)
#   -U            in the delegated cgroup user@1000.service instead of session-1.scope
#   -S KEY=VALUE  set a sysctl first, e.g. user.max_user_namespaces=0  (repeatable)
#   -a FILE[:DEST]  add a file (default DEST /vmtest/NAME)  (repeatable)
#   -o FOLDER     add all files of a folder, each at its place, e.g. the cache's apparmor/
#   -A 'ARGS'     more kernel command line, e.g. 'psi=0'
#   -d SIZE       attach an empty disk /dev/vda, e.g. 64M, for the io controller
#   -t SECONDS    give up after (default 60; exit 124)     -m MIB memory (512)   -p N cpus (1)
#   -f            boot the small Debian with systemd of prepare-systemd.sh (12 s); -g does not apply
#   -i            interactive: the command gets a terminal of this one's size
#   -v            timings and the kernel log on stderr
# exit: the command's; 2 usage; 124 too slow; 125 the machine gave no answer
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${GLASSBOX_VM_CACHE:-$here/../../target/vm}
kernel=6.1 runas=root cgroup=v2 cgroup_home=session-1.scope sysctls='' append='' files=() folders=()
disk='' limit=60 memory=512 cpus=1 full='' interactive='' verbose='' script='' shell_command=''

fail() { echo "vm/run: $*" >&2; exit 2; }

while getopts k:ug:US:a:o:A:d:t:m:p:ivfs:c: option; do case $option in
    k) kernel=$OPTARG ;;      u) runas=user ;;          g) cgroup=$OPTARG ;;
    U) cgroup_home=user@1000.service ;;                 S) sysctls+=" $OPTARG" ;;
    a) files+=("$OPTARG") ;;  o) folders+=("$OPTARG") ;;
    A) append=$OPTARG ;;      d) disk=$OPTARG ;;
    t) limit=$OPTARG ;;       m) memory=$OPTARG ;;      p) cpus=$OPTARG ;;
    i) interactive=1 ;;       v) verbose=1 ;;           f) full=${GLASSBOX_VM_SUITE:-bookworm} ;;
    s) script=$OPTARG ;;      c) shell_command=$OPTARG ;;
    *) sed -n '2,/^set/{/^#/p}' "$0" >&2; exit 2 ;;
esac; done
shift $((OPTIND - 1))
for needed in qemu-system-x86_64 cpio; do
    command -v "$needed" >/dev/null || fail "no $needed on this machine: prepare.sh says what to install"
done
[ -e "$cache/stamp-$kernel" ] || fail "no kernel $kernel in $cache: run prepare.sh $kernel first"
[ -z "$full" ] || [ -e "$cache/full-$full.img" ] || fail "no image of $full in $cache: run prepare-systemd.sh first"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- what goes in: an archive after the big one; the kernel unpacks both -------------------------

quoted() { printf ' %q' "$@"; }

overlay=$work/overlay
mkdir -p "$overlay/vmtest/bin"
if [ -n "$script" ]; then
    cp "$script" "$overlay/vmtest/script"
    echo "exec sh /vmtest/script$([ $# = 0 ] || quoted "$@")" > "$overlay/vmtest/cmd"
elif [ -n "$shell_command" ]; then
    printf '%s\n' "$shell_command" > "$overlay/vmtest/cmd"
else
    [ $# -gt 0 ] || fail "no command"
    cp "$1" "$overlay/vmtest/bin/"
    echo "exec$(quoted "/vmtest/bin/${1##*/}" "${@:2}")" > "$overlay/vmtest/cmd"
fi
for file in "${files[@]+"${files[@]}"}"; do
    source=${file%%:*} target=/vmtest/${file##*/}
    [[ $file != *:* ]] || target=${file#*:}
    mkdir -p "$overlay$(dirname "$target")"
    cp -p "$source" "$overlay$target"
done
for folder in "${folders[@]+"${folders[@]}"}"; do cp -a "$folder/." "$overlay/"; done
rows=24 cols=80
if [ -n "$interactive" ]; then read -r rows cols < <(stty size 2>/dev/null || echo 24 80); fi
if [ -n "$full" ] && [ -n "$interactive" ]; then
    # A login there has no terminal: the command gets a session of its own on the serial line.
    mv "$overlay/vmtest/cmd" "$overlay/vmtest/interactive"
    echo "stty -F /dev/ttyS1 sane rows $rows columns $cols
exec setsid -cw bash /vmtest/interactive </dev/ttyS1 2>&1" > "$overlay/vmtest/cmd"
fi
cat > "$overlay/vmtest/conf" <<CONF
CGROUP=$cgroup CGHOME=$cgroup_home RUNAS=$runas SYSCTLS="$sysctls" DISK=$disk FULL=$full
INTERACTIVE=$interactive ROWS=$rows COLS=$cols
CONF
(cd "$overlay" && find . -print | cpio -o -H newc -R 0:0 --quiet) > "$work/overlay.cpio"
cat "$cache/base-$kernel.cpio" "$work/overlay.cpio" > "$work/initrd"

# --- the machine ---------------------------------------------------------------------------------

machine=(-M pc -accel tcg -cpu max -smp "$cpus" -nodefaults -display none -no-reboot -monitor none)
if [ -n "$full" ]; then
    machine+=(-drive "file=$cache/full-$full.img,if=virtio,format=raw,readonly=on")
    memory=$((memory < 1024 ? 1024 : memory))
fi
if [ -n "$disk" ]; then
    truncate -s "$disk" "$work/disk"
    machine+=(-drive "file=$work/disk,if=virtio,format=raw,cache=unsafe")
fi
# The last disk; what is written to it is forgotten.
machine+=(-drive "file=$cache/var-tmp.ext4,if=virtio,format=raw,snapshot=on")
# The initramfs lies in memory twice while it is unpacked.
memory=$((memory + 2 * $(stat -c %s "$work/initrd") / 1048576))
serial() { machine+=(-chardev "$2,id=c$1" -device "isa-serial,chardev=c$1,index=$1"); }
serial 0 "file,path=$work/log"
if [ -n "$interactive" ]; then
    serial 1 stdio,signal=off
    serial 2 "file,path=$work/stderr"
    terminal=$(stty -g 2>/dev/null || true)
    stty raw -echo 2>/dev/null || true
    chatter=/dev/stdout
else
    # Output is passed on as it comes. This shell holds the pipes open until qemu has ended, so that
    # the readers end then and not before, even if qemu never opens them.
    mkfifo "$work/stdout" "$work/stderr"
    exec 8<> "$work/stdout" 9<> "$work/stderr"
    serial 1 "file,path=$work/stdout"
    serial 2 "file,path=$work/stderr"
    cat "$work/stdout" 8>&- 9>&- & readers=$!
    cat "$work/stderr" 8>&- 9>&- >&2 & readers+=" $!"
    chatter=$work/chatter
fi
serial 3 "file,path=$work/status"

status=0
timeout --foreground -k 2 "$limit" qemu-system-x86_64 "${machine[@]}" -m "$memory" \
    -kernel "$cache/vmlinux-$kernel" -initrd "$work/initrd" \
    -append "console=ttyS0 loglevel=4 panic=-1 mitigations=off cryptomgr.notests no_timer_check random.trust_cpu=on audit=0 psi=1 $append" \
    > "$chatter" 2> "$work/qemu.err" || status=$?
if [ -n "$interactive" ]; then
    [ -z "$terminal" ] || stty "$terminal"
else
    exec 8>&- 9>&-
    # shellcheck disable=SC2086
    wait $readers || true
fi
[ -z "$verbose" ] || cat "$work/log" "$work/status" "$work/qemu.err" >&2 || true

got=$(tr -d '\r' < "$work/status" | awk '/^EXIT/ { print $2 }') || true
[ -z "$got" ] || exit "$got"
echo "vm/run: the machine gave no exit status (qemu ended with $status); the end of its log:" >&2
tail -20 "$work/log" >&2 || true
cat "$work/qemu.err" >&2
[ "$status" = 124 ] && exit 124
exit 125
