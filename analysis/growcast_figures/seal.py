# SPDX-License-Identifier: GPL-3.0-or-later
"""The checksum behind the contents of every output (include/store/store_checksum.h)."""
import hashlib
import io
import sys

SEAL = b"growcast sha256 "  # begins the last line of a file
SEAL_SIZE = len(SEAL) + 64 + 1


def check(path):
    """Ends the program if the checksum behind a file's contents is wrong: the libraries that would
    read the file crash on some damaged ones."""
    with open(path, "rb") as file:
        size = file.seek(0, io.SEEK_END) - SEAL_SIZE
        file.seek(max(size, 0))
        seal = file.read()
        if size < 0 or not seal.startswith(SEAL):
            print(f"{path}: no checksum, since another program wrote or changed it: damage would "
                  "not be noticed", file=sys.stderr)
            return
        file.seek(0)
        digest = hashlib.sha256()
        while size > 0 and (block := file.read(min(size, 1 << 20))):
            digest.update(block)
            size -= len(block)
    if seal != SEAL + digest.hexdigest().encode() + b"\n":
        raise SystemExit(f"{path}: damaged: its contents do not have the checksum at its end")
