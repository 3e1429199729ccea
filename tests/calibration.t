#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Intervals on ensembles drawn from a learned prior. TAP.
python=/usr/bin/python3
[ -x $python ] || python=python3
if ! $python -c 'import numpy, xarray, netCDF4' 2>/dev/null; then
    echo "1..0 # SKIP Python's numpy, xarray or netCDF4 is not installed"
    exit 0
fi
exec $python -B -W error tests/check_calibration.py
