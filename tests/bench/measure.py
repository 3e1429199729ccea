#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command as one rank: measure.py FOLDER COMMAND...; FOLDER/RANK gets its largest resident
memory in MB and its processor time in seconds."""
import json
import os
import pathlib
import sys

child = os.fork()
if child == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
rank = os.environ.get("OMPI_COMM_WORLD_RANK", "0")
(pathlib.Path(sys.argv[1]) / rank).write_text(json.dumps(
    {"mb": usage.ru_maxrss / 1024, "cpu": usage.ru_utime + usage.ru_stime}))
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
