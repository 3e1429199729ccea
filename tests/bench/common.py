# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benchmarks share: arguments, pinned and measured commands, the machine, spreads."""
import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
FINETUNE = pathlib.Path("../shared/data/hf_2025-02-18/finetune")
# Open MPI refuses to start as root unless told to.
ROOT = {} if os.getuid() else {"OMPI_ALLOW_RUN_AS_ROOT": "1",
                               "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
ENVIRONMENT = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", **ROOT)


def arguments():
    """A parser with what most parts take: BUILD [--quick] [--json FILE]."""
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    return parser


def cores():
    return sorted(os.sched_getaffinity(0))


def run(core, command):
    """Standard output of a command on one core."""
    pinned = ["taskset", "-c", str(core)] if shutil.which("taskset") else []
    return subprocess.run(pinned + [str(word) for word in command], check=True, text=True,
                          env=ENVIRONMENT, capture_output=True).stdout


def mpirun(ranks, command):
    return ["mpirun", "--oversubscribe", "-n", str(ranks)] + [str(word) for word in command]


def measured(ranks, command, folder):
    """Wall seconds of a command on so many ranks, and for every rank the largest resident memory in
    MB and the seconds of processor time."""
    with tempfile.TemporaryDirectory(dir=folder) as reports:
        wrapped = mpirun(ranks, [sys.executable, HERE / "measure.py", reports, *command])
        begin = time.monotonic()
        done = subprocess.run(wrapped, check=False, text=True, env=ENVIRONMENT, capture_output=True)
        seconds = time.monotonic() - begin
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(wrapped)}: {done.stderr}")
        files = sorted(pathlib.Path(reports).iterdir(), key=lambda path: int(path.name))
        shares = [json.loads(path.read_text()) for path in files]
    return {"seconds": seconds, "rank_mb": [share["mb"] for share in shares],
            "rank_cpu": [share["cpu"] for share in shares]}


def spread(values):
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def shown(entry, form=".3g"):
    return f"{entry['median']:{form}} [{entry['low']:{form}}, {entry['high']:{form}}]"


def machine():
    model = "unknown processor"
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines()
                 if line.startswith("model name")]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} processors, {platform.machine()}"


def series(core, folder, simulated):
    """Writes the benchmark's series; returns the file and what they are."""
    path = pathlib.Path(folder) / "series.txt"
    real = FINETUNE.is_dir()
    arguments = ["real", FINETUNE] if real else ["simulated", simulated]
    path.write_text(run(core, [sys.executable, HERE / "series.py", *arguments]))
    return path, "real fine-tune series" if real else "simulated series"
