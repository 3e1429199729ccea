# SPDX-License-Identifier: GPL-3.0-or-later
"""An output file of growcast, as the figures and the report read it."""
import configparser
import pathlib

import numpy
import xarray

from . import seal


class Missing(Exception):
    """The file does not hold what a figure shows."""


# What reading and drawing raise where variables, dimensions or attributes are not as growcast writes
# them.
DEFECTS = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError,
           configparser.Error, numpy.linalg.LinAlgError)


def describe(defect):
    """One line on an exception of DEFECTS."""
    text = " ".join(str(defect).split())
    return f"the file is not as growcast writes it ({type(defect).__name__}: {text:.200})"


def number(value):
    return f"{value:,.0f}"


class Dataset:
    """The variables of a file under their names (data["fitness"] is a numpy array with NaN where
    missing), its attributes and the configuration that it was made with."""

    kind = "run"

    def __init__(self, path):
        self.path = pathlib.Path(path)
        try:
            seal.check(self.path)
            self.data = xarray.open_dataset(self.path)
        except (OSError, ValueError) as error:
            raise SystemExit(f"{path}: cannot be read: {error}") from error
        self.attributes = self.data.attrs
        if self.attributes.get("run_status") != "complete":
            raise SystemExit(f"{path}: not a complete output of growcast (no run_status)")
        self.configuration = configparser.ConfigParser(
            interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"))
        self.configuration.read_string(str(self.attributes.get("configuration", "")))

    def __getitem__(self, name):
        if name not in self.data:
            raise Missing(f"{self.path.name} has no {name}")
        return self.data[name].values

    def __contains__(self, name):
        """Whether the file has any value of the variable: one that is missing throughout was not
        computed."""
        return name in self.data and bool(self.data[name].notnull().any())

    def require(self, *names):
        """Raises Missing unless the file has values of the variables."""
        absent = [n for n in names if n not in self]
        if absent:
            raise Missing(f"{self.path.name} has no {', '.join(absent)}")

    def text(self, name):
        """A variable of names."""
        return [str(value) for value in self[name]]

    def setting(self, section, key, default=""):
        return self.configuration.get(section, key, fallback=default)

    def flag_masks(self):
        """The bits of fit_flags by their names."""
        attributes = self.data["fit_flags"].attrs
        return dict(zip(attributes["flag_meanings"].split(),
                        map(int, numpy.atleast_1d(attributes["flag_masks"]))))

    def has_flag(self, name):
        """Where a flag of fit_flags is set, in the shape of fit_flags."""
        return (self["fit_flags"].astype(int) & self.flag_masks().get(name, 0)) != 0

    def quantile_index(self, probability):
        """Position of a probability in the file's quantiles."""
        distance = numpy.abs(self["quantile"] - probability)
        if distance.min() > 1e-6:
            raise Missing(f"{self.path.name} has no quantile {probability}")
        return int(distance.argmin())

    def horizon_unit(self):
        return str(self.data["horizon"].attrs.get("units", "month"))

    def identity(self):
        """What made the file: one sentence of a caption."""
        name = str(self.attributes.get("id", "")).removeprefix("growcast-")[:12]
        return f"{self.attributes.get('source', 'growcast')}, {self.kind} {name}"

    def source(self):
        """What the data are: one sentence of a caption."""
        inputs = str(self.attributes.get("inputs", "")).splitlines()
        files = [line.split(None, 1)[1] for line in inputs if " " in line]
        where = ", ".join(files) if len(files) <= 2 else f"{len(files)} files"
        return (f"Data: {number(self.data.sizes['model'])} models, "
                f"{self.attributes.get('time_coverage_start', '?')} to "
                f"{self.attributes.get('time_coverage_end', '?')}, from {where}")
