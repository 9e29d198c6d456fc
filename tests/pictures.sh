#!/bin/sh
# Takes the pictures of the README: plays the real program in tmux, key by key, and writes what the
# terminal shows to assets/pictures/*.svg. Needs tmux and python3; run it as an ordinary user (as
# root it shows the learner's side just as well). Look at the pictures before you commit them.
#
#   tests/pictures.sh [GLASSBOX]        default: target/release, as `cargo build --release` leaves it
set -eu

here=$(cd "$(dirname "$0")" && pwd)
glassbox=${1:-$here/../target/$(rustc -vV | sed -n 's/^host: //p')/release/glassbox}
pictures=$here/../assets/pictures
state=$(mktemp -d)
chmod 755 "$state"
mkdir -p "$pictures"

tmux_() { tmux -L "glassbox-pictures-$$" -f /dev/null "$@"; }

finish() {
    tmux_ kill-server 2>/dev/null || true
    rm -rf "$state"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# begin COLUMNS ROWS ARGUMENTS...: glassbox in a terminal of that size
begin() {
    tmux_ kill-server 2>/dev/null || true
    sleep 0.3
    columns=$1 rows=$2
    shift 2
    tmux_ start-server \; set-option -g status off \; set-option -g remain-on-exit on \; \
        set-option -g default-terminal tmux-256color \; \
        new-session -d -s picture -x "$columns" -y "$rows" "$glassbox" --state "$state" "$@"
}

# until_seen TEXT [TEXT]: waits ten seconds at most for one of them
until_seen() {
    tries=0
    until tmux_ capture-pane -p -t picture | grep -qF -e "$1" -e "${2:-$1}"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ]; then
            echo "pictures: never saw \"$1\" in this:" >&2
            tmux_ capture-pane -p -t picture >&2
            exit 1
        fi
        sleep 0.1
    done
}

# watch: from reading to where both sides are looked at, past a question if there is one
watch() {
    press Enter
    until_seen '[PREDICT]' '[WATCH]'
    if tmux_ capture-pane -p -t picture | grep -qF '[PREDICT]'; then press 0 Enter; fi
    until_seen '[WATCH]'
}

press() { tmux_ send-keys -t picture "$@"; }

# picture NAME: what stands there now
picture() {
    tmux_ capture-pane -p -e -N -t picture |
        python3 "$here/pictures.py" "$columns" >"$pictures/$1.svg"
    echo "assets/pictures/$1.svg"
}

begin 80 24
until_seen 'lessons run here'
picture welcome
press Escape
until_seen 'A process list of its own'
press Down Down
until_seen '> 02'
picture list

begin 80 24 learn 02-pid
until_seen 'by hand:'
press Enter
until_seen '[PREDICT]'
press 0
until_seen '> 0)'
picture predict

begin 80 24 learn 02-pid.3
until_seen 'takes two steps'
watch
until_seen '0 others'
picture watch

begin 120 36 learn 02-pid.4
until_seen 'PID namespaces nest'
watch
until_seen ',2,1'
picture wide

begin 80 24 learn 03-user.2
until_seen 'without a map'
watch
until_seen '65534  not mapped'
picture user

begin 80 24 learn 04-pid-1.2
until_seen 'zombie'
watch
until_seen '0 others'
picture two

begin 80 24 learn 05-mount.3
until_seen 'slave'
watch
until_seen 'master:'
picture mount

begin 200 50 learn 08-net.4
until_seen 'veth'
watch
until_seen 'tob'
picture network

begin 80 24 learn 18-who-said-no.4
until_seen 'read-only mount'
watch
until_seen 'EROFS mount'
picture grid

begin 120 36 learn 20-build-a-container.3
until_seen 'beside the'
watch
until_seen '/mnt/dev/mqueue'
picture build

# The machine should have nothing else to do for these two: if it has, they say so.
begin 80 24 learn 13-cpu.1
until_seen 'in three seconds'
watch
until_seen 'nr_throttled +'
picture cpu

begin 80 24 learn 14-memory.2
until_seen 'hungry'
watch
until_seen 'oom_kill +1'
picture memory

begin 80 122 doctor
until_seen 'Pane is dead'
picture doctor
