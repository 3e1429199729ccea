#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs all benchmarks: bench.py BUILD [--quick] [--only PART,...].

What they print also goes to BUILD/bench/results.txt, their numbers to BUILD/bench/results.json.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import common


def parts(build, quick):
    """The command of every part."""
    python, here = sys.executable, common.HERE
    scaled = ["--quick"] if quick else []
    return {
        "engine": [python, here / "engine.py", build / "bench/engine", "--rounds",
                   "2" if quick else "5", "--replicates", "200" if quick else "1000"],
        "share": [python, here / "share.py", build, *scaled],
        "coordinator": [python, here / "coordinator.py", build, *scaled],
        "hierarchy": [python, here / "hierarchy.py", build, *scaled],
        "runs": [python, here / "runs.py", build, *scaled],
    }


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty", "--exclude=*"], check=False,
                          text=True, capture_output=True)
    return done.stdout.strip() or "unknown"


def run_part(name, command, out):
    """Shows and records what a part prints; returns its numbers."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = pathlib.Path(folder) / f"{name}.json"
        begin = time.monotonic()
        with subprocess.Popen([str(word) for word in command] + ["--json", str(numbers)],
                              stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                for file in (sys.stdout, out):
                    file.write(line)
                    file.flush()
        if process.returncode != 0:
            raise SystemExit(f"bench: part {name} failed")
        print(f"\n({name}: {time.monotonic() - begin:.0f} s)\n", flush=True)
        return json.loads(numbers.read_text())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    chosen = {name: command for name, command in parts(options.build, options.quick).items()
              if not options.only or name in options.only.split(",")}
    results = {"commit": commit(), "machine": common.machine(),
               "date": time.strftime("%Y-%m-%d", time.gmtime()), "quick": options.quick}
    with open(options.build / "bench/results.txt", "w", encoding="utf-8") as out:
        title = (f"growcast {results['commit']}, {results['date']}, {results['machine']}"
                 f"{', quick' if options.quick else ''}\n\n")
        sys.stdout.write(title)
        out.write(title)
        for name, command in chosen.items():
            results[name] = run_part(name, command, out)
            out.write("\n\n")
            (options.build / "bench/results.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
