#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# How fast growcast collect reads RECORDS (2,000,000) generated records of the Hub, some 1 GB, on one
# core, and how much memory it takes. FOLDER (.) needs room for them; they are removed at the end.
program=$(realpath "${GROWCAST:-build/growcast}")
make_records=$(realpath tests/make_hub_records.py)
records=${RECORDS:-2000000}
folder=$(mktemp -d -p "${FOLDER:-.}")
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

/usr/bin/python3 "$make_records" "$records" >records.jsonl
/usr/bin/python3 - "$program" "$records" <<'END'
import os, resource, subprocess, sys, time
program, records = sys.argv[1], int(sys.argv[2])
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

def measure(path):
    """Wall and CPU seconds and peak memory (bytes) of collecting a file."""
    start = time.monotonic()
    process = subprocess.Popen([program, "collect", path, "-o", "series.csv", "--force", "-q"])
    usage = os.wait4(process.pid, 0)[2]
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024

with open("records.jsonl") as file, open("few.jsonl", "w") as few:
    few.writelines(next(file) for _ in range(200))
least = measure("few.jsonl")[2]
size = os.path.getsize("records.jsonl") / 1e6
for _ in range(3):
    wall, cpu, peak = measure("records.jsonl")
    print(f"{records} records, {size:.0f} MB: {wall:.1f} s ({size / wall:.0f} MB/s), CPU {cpu:.1f} s "
          f"({size / cpu:.0f} MB/s), {peak / 1e6:.0f} MB in all, {(peak - least) / records:.0f} bytes "
          "a model")
END
