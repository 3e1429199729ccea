#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks an output file of growcast with readers that share no code with it.

check_output.py FILE...: prints every violation of the file's conventions, one a line; the exit
code is 1 when there is one. Needs netCDF4, xarray and numpy; ncks where it is installed.
"""

import re
import shutil
import subprocess
import sys
import tempfile

import netCDF4
import numpy
import xarray

GLOBAL_ATTRIBUTES = """Conventions title summary keywords id source history references program
    program_version commit library_versions instruction_set elementary_functions compiler
    configuration inputs seed run_status""".split()
TIME_DELTA_UNITS = {"days", "hours", "minutes", "seconds", "milliseconds", "microseconds"}


class Checker:
    """Collects what is wrong with one file."""

    def __init__(self, path):
        self.path = path
        self.problems = []

    def expect(self, condition, message):
        if not condition:
            self.problems.append(f"{self.path}: {message}")

    def check_globals(self, dataset):
        for name in GLOBAL_ATTRIBUTES:
            self.expect(name in dataset.ncattrs(), f"no global attribute {name}")
        attributes = dataset.__dict__
        self.expect("CF-1.11" in attributes.get("Conventions", ""), "not CF-1.11")
        self.expect("ACDD-1.3" in attributes.get("Conventions", ""), "not ACDD-1.3")
        self.expect(attributes.get("run_status") == "complete", "run_status is not complete")
        self.expect(dataset.ncattrs()[-1:] == ["run_status"], "run_status was not written last")
        for line in attributes.get("inputs", "").splitlines():
            self.expect(re.fullmatch(r"[0-9a-f]{64}  .+", line), f"bad line of inputs: {line}")

    def check_flags(self, name, variable):
        attributes = variable.__dict__
        if "flag_meanings" not in attributes:
            return
        meanings = attributes["flag_meanings"].split()
        for word in meanings:
            self.expect(re.fullmatch(r"[A-Za-z0-9_.+@-]+", word), f"{name}: bad meaning {word}")
        codes = attributes.get("flag_masks", attributes.get("flag_values"))
        self.expect(codes is not None, f"{name}: meanings without flag_values or flag_masks")
        if codes is None:
            return
        codes = numpy.atleast_1d(codes)
        self.expect(len(codes) == len(meanings), f"{name}: {len(codes)} codes, {len(meanings)} words")
        self.expect(codes.dtype == variable.dtype, f"{name}: codes have another type")
        values = numpy.ma.masked_array(variable[:]).compressed().astype("i8")
        if "flag_masks" in attributes:
            known = int(numpy.bitwise_or.reduce(codes.astype("i8")))
            self.expect(not numpy.any(values & ~known), f"{name}: a bit without meaning")
        else:
            self.expect(numpy.all(numpy.isin(values, codes)), f"{name}: a value without meaning")

    def check_range(self, name, variable):
        variable.set_auto_mask(False)
        raw = numpy.asarray(variable[:])
        variable.set_auto_mask(True)
        fill = getattr(variable, "_FillValue", None)
        known = raw[raw != fill] if fill is not None else raw.ravel()
        if known.dtype.kind == "f":
            self.expect(not numpy.any(numpy.isnan(known)), f"{name}: holds NaN")
        low, high = getattr(variable, "valid_range", (None, None))
        low = getattr(variable, "valid_min", low)
        high = getattr(variable, "valid_max", high)
        self.expect(low is None or numpy.all(known >= low), f"{name}: below {low}")
        self.expect(high is None or numpy.all(known <= high), f"{name}: above {high}")

    def check_variable(self, name, variable, root):
        attributes = variable.__dict__
        for attribute in ("units", "long_name", "comment"):
            self.expect(attributes.get(attribute), f"{name}: no {attribute}")
        self.expect(attributes.get("units") not in TIME_DELTA_UNITS,
                    f"{name}: units {attributes.get('units')} become time deltas")
        self.expect(" since " not in attributes.get("units", "") or "calendar" in attributes,
                    f"{name}: no calendar")
        for attribute in ("coordinates", "ancillary_variables", "bounds"):
            for other in attributes.get(attribute, "").split():
                self.expect(other in root.variables, f"{name}: {attribute} names {other}: absent")
        for method in re.findall(r"(\w+): ", re.sub(r"\(.*?\)", "", attributes.get("cell_methods", ""))):
            self.expect(method in variable.dimensions, f"{name}: cell_methods names {method}")
        for attribute, value in attributes.items():
            self.expect(not isinstance(value, list), f"{name}: {attribute} is a list of strings")
        if variable.dtype is not str:
            self.check_range(name, variable)
            self.check_flags(name, variable)

    def check_group(self, group, root):
        for name, variable in group.variables.items():
            self.check_variable(f"{group.path}{name}", variable, root)
        for child in group.groups.values():
            self.check_group(child, root)

    def check_dimensions(self, dataset):
        for name, dimension in dataset.dimensions.items():
            self.expect(not dimension.isunlimited(), f"dimension {name} is unlimited")
            if name in dataset.variables:
                values = numpy.asarray(dataset[name][:])
                self.expect(dataset[name].dimensions == (name,), f"{name}: not a coordinate")
                self.expect(numpy.all(numpy.diff(values) > 0), f"{name}: not increasing")
        for name, variable in dataset.variables.items():
            if "bound" in variable.dimensions:
                parent = dataset[variable.dimensions[0]]
                self.expect(getattr(parent, "bounds", None) == name, f"{name}: is nobody's bounds")
                edges, middle = variable[:], parent[:]
                self.expect(numpy.all((edges[:, 0] < middle) & (middle < edges[:, 1])),
                            f"{name}: does not enclose its cells")
        if "organization_count" in dataset.variables:
            self.expect(dataset["organization_name"][-1] == "all", "the last organization is not all")

    def check_xarray(self):
        with xarray.open_dataset(self.path) as dataset:
            for name, variable in dataset.variables.items():
                self.expect(variable.dtype.kind != "m", f"{name}: xarray makes time deltas")
                if variable.dtype.kind == "M":
                    self.expect(name in ("release_date", "date", "forecast_origin"),
                                f"{name}: xarray makes dates")
            dataset.load()

    def check_nco(self):
        if shutil.which("ncks") is None:
            return
        with netCDF4.Dataset(self.path) as dataset:
            present = [name for name in ("model", "age") if name in dataset.dimensions]
        with tempfile.TemporaryDirectory() as folder:
            for dimension in present:
                command = ["ncks", "-O", "-d", f"{dimension},0,0", self.path, f"{folder}/part.nc"]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                self.expect(done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}")

    def run(self):
        with netCDF4.Dataset(self.path) as dataset:
            self.expect(dataset.data_model == "NETCDF4", "not NetCDF-4")
            self.check_globals(dataset)
            self.check_dimensions(dataset)
            self.check_group(dataset, dataset)
        self.check_xarray()
        self.check_nco()
        return self.problems


def main():
    problems = [problem for path in sys.argv[1:] for problem in Checker(path).run()]
    print("\n".join(problems) if problems else f"{len(sys.argv) - 1} files in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
