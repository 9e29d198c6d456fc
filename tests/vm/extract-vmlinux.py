#!/usr/bin/env python3
"""Unpack the ELF kernel inside a bzImage. qemu starts an ELF kernel by its PVH note, without BIOS,
16-bit setup code or decompressor, which under emulation saves seconds of every boot.

usage: extract-vmlinux.py BZIMAGE OUT
"""

import bz2
import gzip
import lzma
import struct
import subprocess
import sys


def payload_of(image):
    """The compressed kernel, found by the x86 boot protocol (2.08 or later)."""
    setup_sectors = image[0x1F1] or 4  # 0 means 4, for boot loaders of the 1990s
    offset, length = struct.unpack_from("<II", image, 0x248)
    return image[(setup_sectors + 1) * 512 + offset :][:length]


def through(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=False).stdout


def unpack(payload):
    # All but xz and bzip2 are followed by four bytes of size, which their tools would refuse.
    if payload.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor().decompress(payload)
    if payload.startswith(b"BZh"):
        return bz2.BZ2Decompressor().decompress(payload)
    if payload.startswith(b"\x1f\x8b"):
        return gzip.decompress(payload[:-4])
    if payload.startswith(b"\x28\xb5\x2f\xfd"):
        return through(["zstd", "-dcq"], payload[:-4])
    if payload.startswith(b"\x02\x21\x4c\x18"):
        return through(["lz4", "-dc"], payload[:-4])
    sys.exit(f"extract-vmlinux: unknown compression {payload[:6]!r}")


def main():
    source, target = sys.argv[1:3]
    with open(source, "rb") as file:
        kernel = unpack(payload_of(file.read()))
    if not kernel.startswith(b"\x7fELF"):
        sys.exit(f"extract-vmlinux: {source} holds no ELF kernel")
    with open(target, "wb") as file:
        file.write(kernel)


main()
