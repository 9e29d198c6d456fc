#!/bin/sh
# Prepare what run.sh needs, in a cache folder; a second call with nothing changed does nothing.
#   vmlinux-NAME        the kernel, unpacked: qemu starts it by its PVH note, without BIOS
#   base-NAME.cpio      initramfs: busybox, some of this machine's programs with their libraries,
#                       kernel modules
#   apparmor/           apparmor_parser(8) with its libraries, for `run.sh -o`
#   var-tmp.ext4        an empty filesystem for /var/tmp, which on a learner's machine is on a disk
# Kernels come from Debian's own packages, downloaded and unpacked, never installed.
#
# usage: prepare.sh [KERNEL ...]      KERNEL is 5.10, 6.1 (default), 6.12, ...: the newest of this series;
#                                     newest: the newest that Debian has; or NAME=PACKAGE
# A series that apt here does not know is looked up in other suites of Debian, see apt.sh. What cannot
# be had is told, the others are prepared, and the exit status is 1.
# needs: qemu-system-x86 busybox-static cpio kmod xz-utils zstd lz4 python3 e2fsprogs, and what $tools names
# env:   GLASSBOX_VM_CACHE   cache folder (default target/vm of this repository)
#        GLASSBOX_VM_MIRROR  where Debian's packages come from (default: where apt here has them from)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${GLASSBOX_VM_CACHE:-$here/../../target/vm}

# Programs that a learner's machine has, and that lessons or tests type. They replace busybox's own.
tools="bash dash ps mount umount hostname domainname unshare nsenter lsns ipcs setpriv newuidmap newgidmap ip ss tc
       strace capsh perl pgrep pkill awk sed grep find stat dd head tail tee touch chown rm sleep cat date mknod env"
# Modules that lessons load, or that run.sh needs for disks; what they depend on comes along.
modules="veth bridge stp llc overlay dummy loop tun fuse virtio_blk virtio_pci ext4 macvlan sch_tbf"

fail() { echo "vm/prepare: $*" >&2; exit 1; }

check_commands() {
    missing=
    for command in qemu-system-x86_64 busybox cpio modprobe xz zstd lz4 python3 mke2fs apt-get; do
        command -v "$command" >/dev/null || missing="$missing $command"
    done
    [ -z "$missing" ] || fail "missing:$missing; apt-get install" \
        "qemu-system-x86 busybox-static cpio kmod xz-utils zstd lz4 python3 e2fsprogs"
    ! ldd "$(command -v busybox)" >/dev/null 2>&1 || fail "busybox is not static: apt-get install busybox-static"
}

# The newest package of a kernel series: 6.1 -> linux-image-6.1.0-56-cloud-amd64; or of all. "Cloud"
# kernels are Debian's own with drivers for virtual machines only: a third of the size. First word of
# the answer: the apt that has it, `own` or `other` (see apt.sh).
package_of() {
    case $1 in newest) series='[0-9]+\.[0-9]+' places=other ;; *) series=$1 places="own other" ;; esac
    for place in $places; do
        found=$("apt_cache_$place" pkgnames linux-image- |
            grep -E "^linux-image-$series[.+][^-]*(-[0-9]+)?-cloud-amd64$" | sort -V | tail -1)
        [ -z "$found" ] || { echo "$place $found"; return; }
    done
}

# --- the guest's programs and files, the same for every kernel -----------------------------------

# A program of this machine, with every library that ldd names; set-uid bits stay.
copy_with_libraries() {
    program=$(command -v "$1") || { echo "vm/prepare: no $1 on this machine, left out" >&2; return 0; }
    rm -f "$root/bin/$1" "$root/sbin/$1"
    cp -pL "$program" "$root/usr/bin/$1"
    ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$root$(dirname "$library")"
        [ -e "$root$library" ] || cp -pL "$library" "$root$library"
    done
}

# Python with the part of its library that the lessons' commands use. Debian's own: one that is
# installed elsewhere may lie where the learner cannot go.
copy_python() {
    python=/usr/bin/python3
    [ -x $python ] || { echo "vm/prepare: no $python on this machine, left out" >&2; return 0; }
    cp -pL $python "$root$python"
    $python -c '
import sys, encodings.idna, runpy, socket, ctypes, http.server, argparse
print(sys.executable)
for module in list(sys.modules.values()):
    if getattr(module, "__file__", None): print(module.__file__)' | while read -r file; do
        copy_file "$file"
        ldd "$file" 2>/dev/null | grep -o '/[^ ]*' || true
    done | sort -u | while read -r library; do copy_file "$library"; done
    # Its message queues are in the C library, by an old name of their own that no program here links.
    copy_file "$(ldconfig -p | awk '/librt\.so\.1 / { print $NF; exit }')"
}

copy_file() {
    [ -n "$1" ] || return 0
    mkdir -p "$root$(dirname "$1")"
    [ -e "$root$1" ] || cp -pL "$1" "$root$1"
}

make_root() {
    rm -rf "$root"
    for folder in bin sbin usr/bin usr/sbin etc proc sys dev tmp run root home/learner vmtest \
                  lib/modules mnt var/tmp; do mkdir -p "$root/$folder"; done
    chmod 1777 "$root/tmp" "$root/var/tmp"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet in $("$root/bin/busybox" --list); do
        [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
    done
    ln -sf ../bin/busybox "$root/sbin/modprobe" # where the kernel looks when it wants a module
    for tool in $tools; do copy_with_libraries "$tool"; done
    copy_python
    # A real /bin/sh: busybox's would prefer its own applets to the programs above.
    [ ! -e "$root/usr/bin/dash" ] || ln -sf ../usr/bin/dash "$root/bin/sh"
    printf '%s\n' root:x:0:0:root:/root:/bin/sh \
        learner:x:1000:1000:learner:/home/learner:/bin/sh \
        nobody:x:65534:65534:nobody:/:/bin/false > "$root/etc/passwd"
    printf '%s\n' root:x:0: learner:x:1000: nogroup:x:65534: > "$root/etc/group"
    printf '%s\n' 'root:*:19000::::::' 'learner:*:19000::::::' > "$root/etc/shadow"
    chmod 600 "$root/etc/shadow"
    printf '%s:*:19700:0:99999:7:::\n' root learner nobody > "$root/etc/shadow"
    chmod 640 "$root/etc/shadow"
    echo learner:100000:65536 | tee "$root/etc/subuid" > "$root/etc/subgid"
    printf '%s\n' 'passwd: files' 'group: files' 'subid: files' > "$root/etc/nsswitch.conf"
    echo vmtest > "$root/etc/hostname"
    cp "$here/init.sh" "$root/init"
    chmod 755 "$root/init"
}

make_disk() {
    rm -f "$cache/var-tmp.new"
    truncate -s 256M "$cache/var-tmp.new"
    mke2fs -q -F -t ext4 -O ^has_journal -E root_owner=0:0 "$cache/var-tmp.new"
    mv "$cache/var-tmp.new" "$cache/var-tmp.ext4"
}

# The parser of AppArmor's profiles, which need not be on this machine; without it, one refusal is not
# tried.
fetch_parser() {
    [ ! -e "$cache/apparmor/usr/sbin/apparmor_parser" ] || return 0
    rm -rf "$cache/apparmor" "$cache/work-apparmor"
    mkdir -p "$cache/apparmor/usr/sbin" "$cache/work-apparmor"
    (cd "$cache/work-apparmor" && apt_get_own download -qq apparmor 2>/dev/null && dpkg-deb -x apparmor_*.deb .) ||
        { echo "vm/prepare: no apparmor: apt here knows none" >&2; rm -rf "$cache/apparmor"; return 0; }
    parser=$(find "$cache/work-apparmor" -name apparmor_parser -type f)
    cp "$parser" "$cache/apparmor/usr/sbin/"
    ldd "$parser" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$cache/apparmor$(dirname "$library")"
        cp -L "$library" "$cache/apparmor$library"
    done
    rm -rf "$cache/work-apparmor"
}

# --- a kernel ------------------------------------------------------------------------------------

# PACKAGE of PLACE into $work, unpacked.
download() {
    rm -rf "$work"
    mkdir -p "$work"
    # From 7.x on the image package is empty and depends on linux-binary-* and linux-modules-*.
    parts=$("apt_cache_$2" depends "$1" | awk '/Depends: linux-(binary|modules)-/ { print $2 }')
    # The download is done by the user _apt where it can be; its warning that it cannot is no news.
    # shellcheck disable=SC2086
    (cd "$work" && "apt_get_$2" download -qq "$1" $parts 2>apt.err) || { cat "$work/apt.err" >&2; fail "cannot download $1"; }
    for file in "$work"/*.deb; do dpkg-deb -x "$file" "$work"; rm -f "$file"; done
}

# The wanted modules and what they depend on, uncompressed, into $moddir.
pick_modules() {
    source=$(find "$work/lib/modules" "$work/usr/lib/modules" -mindepth 1 -maxdepth 1 -type d 2>/dev/null | head -1)
    [ -n "$source" ] || fail "no modules in the kernel's package"
    release=${source##*/}
    prefix=${source%/lib/modules/*}
    target=$moddir/lib/modules/$release
    rm -rf "$moddir"
    mkdir -p "$target"
    depmod -b "$prefix" "$release" 2>/dev/null
    # A module that this kernel has built in, or does not have, is no error.
    for module in $modules; do
        modprobe -d "$prefix" -S "$release" --show-depends "$module" 2>/dev/null || true
    done | awk '/^insmod/ { print $2 }' | sort -u | while read -r file; do
        copy=$target/${file#*/modules/"$release"/}
        mkdir -p "$(dirname "$copy")"
        case $file in
            *.xz) xz -dc "$file" > "${copy%.xz}" ;;
            *.zst) zstd -qdc "$file" > "${copy%.zst}" ;;
            *) cp "$file" "$copy" ;;
        esac
    done
    cp "$source"/modules.builtin* "$source"/modules.order "$target/" 2>/dev/null || true
    depmod -b "$moddir" "$release" 2>/dev/null # it warns of lists that kernels from 7.x on lack
}

archive() { (cd "$1" && find . -print | cpio -o -H newc -R 0:0 --quiet); }

prepare_kernel() {
    name=$1 package=$2 place=$3
    work=$cache/work-$name moddir=$cache/modules-$name
    # The package's name holds its version, so a newer kernel in Debian is a new one here.
    if [ "$(cat "$cache/package-$name" 2>/dev/null)" != "$package $modules" ]; then
        download "$package" "$place"
        image=$(find "$work" -name 'vmlinuz*' -type f | head -1)
        [ -n "$image" ] || fail "$package holds no kernel"
        python3 "$here/extract-vmlinux.py" "$image" "$cache/vmlinux-$name"
        pick_modules
        rm -rf "$work"
        echo "$package $modules" > "$cache/package-$name"
    fi
    { archive "$root"; archive "$moddir"; } > "$cache/base-$name.new"
    mv "$cache/base-$name.new" "$cache/base-$name.cpio"
    echo "$wanted" > "$cache/stamp-$name"
    echo "vm/prepare: $name is $package, $(($(stat -c %s "$cache/base-$name.cpio") / 1048576)) MiB of initramfs"
}

mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
root=$cache/root
# shellcheck source=tests/vm/apt.sh
. "$here/apt.sh"
exec 9> "$cache/lock" # two test runs may prepare at once
flock 9
[ $# -gt 0 ] || set -- 6.1
fetch_parser
made_root= status=0
for kernel; do
    name=${kernel%%=*} place=own
    case $kernel in
        *=*) package=${kernel#*=} ;;
        *) package=$(package_of "$kernel") && place=${package%% *} package=${package#* } ;;
    esac
    if [ -z "$package" ]; then
        echo "vm/prepare: no kernel $kernel: no apt here knows one" >&2
        status=1
        continue
    fi
    wanted="$package $(cat "$here/prepare.sh" "$here/init.sh" | sha256sum)"
    [ "$(cat "$cache/stamp-$name" 2>/dev/null)" != "$wanted" ] || continue
    check_commands
    if [ -z "$made_root" ]; then make_root; make_disk; made_root=1; fi
    (prepare_kernel "$name" "$package" "$place") || status=1
done
exit $status
