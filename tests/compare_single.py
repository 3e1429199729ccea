#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the one model of ONE.nc (fit --only) with itself in ALL.nc, bit for bit.

compare_single.py ALL.nc ONE.nc: compares every variable whose first dimension is model, kept
replicates included, over the ages that both have; prints what differs and ends with 1 then.
"""
import sys

import netCDF4
import numpy


def rows(group, index):
    for name, variable in group.variables.items():
        if variable.dimensions[:1] == ("model",) and name != "organization_index":
            yield name, variable[index]
    for inner in group.groups.values():
        yield from rows(inner, index)


def same(whole, single):
    if isinstance(single, str):
        return whole == single
    whole, single = numpy.ma.asarray(whole), numpy.ma.asarray(single)
    common = tuple(slice(0, min(sizes)) for sizes in zip(whole.shape, single.shape))
    return whole[common].tobytes() == single[common].tobytes()


def main():
    whole, single = (netCDF4.Dataset(path) for path in sys.argv[1:])
    for file in (whole, single):
        file.set_auto_mask(False)
    name = single["model_name"][0]
    index = list(whole["model_name"][:]).index(name)
    pairs = list(zip(rows(whole, index), rows(single, 0), strict=True))
    found = [a[0] for a, b in pairs if a[0] != b[0] or not same(a[1], b[1])]
    print("\n".join(found) if found else f"{name}: {len(pairs)} variables are the same")
    sys.exit(bool(found) or "bootstrap" not in single.groups or single.getncattr("only") != name)


if __name__ == "__main__":
    main()
