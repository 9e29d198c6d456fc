#!/usr/bin/env python3
"""CPU time of `glassbox map --json` against `lsns -J`, at several numbers of processes.

usage: tests/speed.py [-n RUNS] [GLASSBOX [COUNT...]]     default: the release build, 1000 10000

Starts COUNT sleeping processes, then runs one program after the other, RUNS times, and prints the median
of the ratios, pair by pair: that holds also while the machine's speed drifts. The time is the kernel's
own accounting of the whole process, start-up included. Exit status 1: a ratio is above its bar.
Standard library only. The processes end with this script, however it ends.
"""
import ctypes
import os
import signal
import statistics
import sys
import time

BARS = {1000: 0.33, 10000: 0.15}
GROWTH = 13.0
RELEASE = "target/x86_64-unknown-linux-gnu/release/glassbox"


def sleepers(count):
    """Children that wait for a signal, and are killed when this process dies."""
    die_with_parent = ctypes.CDLL(None, use_errno=True).prctl
    pids = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            die_with_parent(1, signal.SIGKILL)
            while True:
                signal.pause()
        pids.append(pid)
    return pids


def cpu(command):
    """Seconds of CPU time of one run."""
    null = os.open(os.devnull, os.O_RDWR)
    streams = [(os.POSIX_SPAWN_DUP2, null, number) for number in range(3)]
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=streams)
    _, status, used = os.wait4(pid, 0)
    os.close(null)
    if status != 0:
        sys.exit(f"{' '.join(command)}: status {status}")
    return used.ru_utime + used.ru_stime


def measure(ours, theirs, runs):
    """Medians of both, and of the ratios; the first pair only warms up."""
    pairs = [(cpu(ours), cpu(theirs)) for _ in range(runs + 1)][1:]
    columns = list(zip(*pairs))
    ratio = statistics.median(a / b for a, b in pairs)
    return statistics.median(columns[0]), statistics.median(columns[1]), ratio


def main():
    words = sys.argv[1:]
    runs = 7
    if words[:1] == ["-n"]:
        runs, words = int(words[1]), words[2:]
    glassbox = words[0] if words else RELEASE
    counts = [int(word) for word in words[1:]] or [1000, 10000]
    missed, first = False, None
    for count in counts:
        pids = sleepers(count)
        time.sleep(1)
        ours, theirs, ratio = measure([glassbox, "map", "--json"], ["lsns", "-J"], runs)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        bar = BARS.get(count)
        told = f"bar {bar}" if bar else "no bar"
        print(f"{count:6} processes: map {ours * 1e3:8.1f} ms  lsns {theirs * 1e3:8.1f} ms  ratio {ratio:.3f}  ({told})")
        missed |= bar is not None and ratio > bar
        if first is None:
            first = (count, ours)
        elif count == 10 * first[0]:
            growth = ours / first[1]
            print(f"growth from {first[0]} to {count}: {growth:.1f}  (bar {GROWTH})")
            missed |= growth > GROWTH
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
