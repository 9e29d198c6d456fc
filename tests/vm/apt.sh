# shellcheck shell=sh
# Two places that packages come from, for prepare.sh, which sources this and sets $cache:
#   own    this machine's apt, as it is
#   other  suites of Debian that it does not know: an apt of our own below $cache, with Debian's own
#          archive keyring. Nothing of the machine's is changed.

# 5.10 is in bullseye; the newest kernels are in the backports of the stable release.
other_suites="bullseye trixie trixie-backports"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

apt_get_own() { apt-get "$@"; }
apt_cache_own() { apt-cache "$@"; }
apt_get_other() { other apt-get "$@"; }
apt_cache_other() { other apt-cache "$@"; }

# Runs an apt command on the other suites. If there are none, that is told, and nothing is found there.
other() {
    command=$1; shift
    [ -n "$(find "$cache/apt/fresh" -mtime -1 2>/dev/null)" ] || fetch_lists || return 0
    "$command" -c "$cache/apt/apt.conf" "$@"
}

# Where this machine's apt has Debian from.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 2>/dev/null |
        sort | uniq -c | sort -rn | awk '{ print $2; exit }'
}

fetch_lists() {
    from=${GLASSBOX_VM_MIRROR:-$(mirror)}
    [ -n "$from" ] || { echo "vm/prepare: apt here knows no Debian: apt-get update, or set GLASSBOX_VM_MIRROR" >&2; return 1; }
    [ -e "$keyring" ] || { echo "vm/prepare: no $keyring: apt-get install debian-archive-keyring" >&2; return 1; }
    mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial"
    : > "$cache/apt/status"
    for suite in $other_suites; do
        echo "deb [arch=amd64 signed-by=$keyring] $from $suite main"
    done > "$cache/apt/sources.list"
    # What the machine's own configuration says (a proxy, say) still holds; only these places differ.
    cat > "$cache/apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$cache/apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$cache/apt";
Dir::State::lists "$cache/apt/lists";
Dir::State::status "$cache/apt/status";
Dir::Cache "$cache/apt";
Dir::Cache::archives "$cache/apt/archives";
Acquire::Languages "none";
APT::Sandbox::User "root";
CONF
    # A suite that cannot be had is told by apt, and leaves the others as they are.
    apt-get -c "$cache/apt/apt.conf" update -qq >&2 || true
    touch "$cache/apt/fresh"
}
