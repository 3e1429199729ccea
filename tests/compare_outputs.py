#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares NetCDF files bit for bit: every dimension, variable, group and attribute but `history`.

compare_outputs.py A.nc B.nc...: prints every difference from A; the exit code is 1 when there is
one.
"""
import sys

import netCDF4
import numpy


def attributes(holder):
    names = [name for name in holder.ncattrs() if name != "history"]
    return [(name, str(holder.getncattr(name))) for name in names]


def differences(first, second, path="/"):
    """Yields what differs between two groups."""
    if attributes(first) != attributes(second):
        yield f"{path}: attributes"
    sizes = [{name: len(d) for name, d in group.dimensions.items()} for group in (first, second)]
    if sizes[0] != sizes[1]:
        yield f"{path}: dimensions {sizes[0]} and {sizes[1]}"
    if list(first.variables) != list(second.variables) or list(first.groups) != list(second.groups):
        yield f"{path}: variables or groups"
        return
    for name, variable in first.variables.items():
        other = second.variables[name]
        if attributes(variable) != attributes(other) or variable.dtype != other.dtype:
            yield f"{path}{name}: attributes or type"
        values = [numpy.asarray(v[...]) for v in (variable, other)]
        same = values[0].shape == values[1].shape and (
            list(values[0].flat) == list(values[1].flat)
            if variable.dtype is str
            else values[0].tobytes() == values[1].tobytes()
        )
        if not same:
            yield f"{path}{name}: values"
    for name in first.groups:
        yield from differences(first.groups[name], second.groups[name], f"{path}{name}/")


def main():
    files = [netCDF4.Dataset(path) for path in sys.argv[1:]]
    for file in files:
        file.set_auto_mask(False)
    found = [line for other in files[1:] for line in differences(files[0], other)]
    print("\n".join(found) if found else f"{len(files)} files have the same bits")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
