# SPDX-License-Identifier: GPL-3.0-or-later
"""Test Anything Protocol for Python: check() for a test point, finish() for the plan."""
import sys

count = 0
failed = 0


def check(good, description):
    """One test point."""
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {description}", flush=True)


def finish():
    """Prints the plan and ends the program, with 1 if a test point failed."""
    print(f"1..{count}")
    sys.exit(1 if failed else 0)
