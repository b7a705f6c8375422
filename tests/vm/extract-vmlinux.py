#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""extract-vmlinux.py BZIMAGE VMLINUX: unpacks the ELF kernel that a bzImage carries."""
import lzma
import struct
import subprocess
import sys
import zlib


def payload(image):
    """The compressed part, found by payload_offset and payload_length of the x86 boot protocol's header."""
    if image[0x202:0x206] != b"HdrS":
        sys.exit("no setup header")
    setup_sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    return image[start : start + length]


def unpack(data):
    if data.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor(format=lzma.FORMAT_XZ).decompress(data)
    if data.startswith(b"\x1f\x8b"):
        return zlib.decompressobj(31).decompress(data)
    tools = {b"\x28\xb5\x2f\xfd": ["zstd", "-dcq"], b"\x02\x21\x4c\x18": ["lz4", "-dcq"]}
    tool = tools.get(data[:4])
    if tool is None:
        sys.exit("unknown compression %r" % data[:6])
    # The last four bytes are the unpacked size, appended by the kernel's build.
    return subprocess.run(tool, input=data[:-4], stdout=subprocess.PIPE, check=False).stdout


with open(sys.argv[1], "rb") as source:
    vmlinux = unpack(payload(source.read()))
if vmlinux[:4] != b"\x7fELF":
    sys.exit("what was unpacked is no ELF file")
with open(sys.argv[2], "wb") as target:
    target.write(vmlinux)
