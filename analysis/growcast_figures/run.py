# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's NetCDF file, as the figures and the report read it."""
import configparser
import hashlib
import io
import math
import pathlib
import sys

import numpy
import xarray

STEPS_PER_YEAR = {"month": 12.0, "day": 365.25, "year": 1.0}
FITTED = 0  # fit_status
SEAL = b"growcast sha256 "  # begins the last line of a file, see include/store/store_checksum.h
SEAL_SIZE = len(SEAL) + 64 + 1
RIDGE = 1e2  # a larger lambda says where a search stopped, not what lambda is


def check(path):
    """Ends the program if the checksum behind a file's contents is wrong: the libraries that would
    read the file crash on some damaged ones."""
    with open(path, "rb") as file:
        size = file.seek(0, io.SEEK_END) - SEAL_SIZE
        file.seek(max(size, 0))
        seal = file.read()
        if size < 0 or not seal.startswith(SEAL):
            print(f"{path}: no checksum, since another program wrote or changed it: damage would "
                  "not be noticed", file=sys.stderr)
            return
        file.seek(0)
        digest = hashlib.sha256()
        while size > 0 and (block := file.read(min(size, 1 << 20))):
            digest.update(block)
            size -= len(block)
    if seal != SEAL + digest.hexdigest().encode() + b"\n":
        raise SystemExit(f"{path}: damaged: its contents do not have the checksum at its end")


class Missing(Exception):
    """The file does not hold what a figure shows."""


# What reading and drawing raise where variables, dimensions or attributes are not as growcast writes
# them.
DEFECTS = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)


def describe(defect):
    """One line on an exception of DEFECTS."""
    text = " ".join(str(defect).split())
    return f"the file is not as growcast writes it ({type(defect).__name__}: {text:.200})"


def normal_distribution(z):
    """Phi(z), element by element."""
    erf = numpy.vectorize(math.erf, otypes=[float])
    return 0.5 * (1.0 + erf(numpy.asarray(z, float) / math.sqrt(2.0)))


def growth(time, scale, fitness, immediacy, longevity):
    """c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1)."""
    with numpy.errstate(divide="ignore", over="ignore", invalid="ignore"):
        z = (numpy.log(time) - immediacy) / longevity
        return scale * numpy.expm1(fitness * normal_distribution(z))


def number(value):
    return f"{value:,.0f}"


class Run:
    """The variables of a run under the names of the file (run["fitness"] is a numpy array with
    NaN where missing), and what is derived from them."""

    def __init__(self, path, metric=None):
        self.path = pathlib.Path(path)
        check(self.path)
        self.data = xarray.open_dataset(self.path)
        if self.data.attrs.get("run_status") != "complete":
            raise SystemExit(f"{path}: not a complete run of growcast (no run_status)")
        self.attributes = self.data.attrs
        self.configuration = configparser.ConfigParser(
            interpolation=None, delimiters=("=",), comment_prefixes=("#", ";"))
        self.configuration.read_string(str(self.attributes.get("configuration", "")))
        if "observed_count" not in self.data:
            return
        self.names = [str(n) for n in self["model_name"]]
        self.organizations = [str(n) for n in self["organization_name"]]
        self.organization = self["organization_index"].astype(int)
        self.observed = self["observed_count"]
        self.age = self["age"]
        self.step = self.attributes["age_unit"]
        self.metric = metric or self._metric()
        seen = numpy.isfinite(self.observed)
        # Position of the last observation; 0 stands for none at all.
        self.last = numpy.where(seen.any(1), seen.shape[1] - 1 - seen[:, ::-1].argmax(1), 0)
        final = self.observed[numpy.arange(len(self.names)), self.last]
        self.final = numpy.where(numpy.isfinite(final), final, 0.0)
        self.fitted = self["fit_status"].astype(int) == FITTED

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

    def setting(self, section, key, default=""):
        return self.configuration.get(section, key, fallback=default)

    def _metric(self):
        if self.setting("input", "counter").startswith("trailing30") or self.step == "day":
            return "downloads"
        return "fine-tuned models"

    @property
    def scale(self):
        """m of the curve."""
        return float(self.attributes["model_scale"])

    @property
    def time_unit(self):
        """Unit of t, and so of mu."""
        return str(self.attributes["time_unit"])

    @property
    def unit_of_step(self):
        """Units of t in a step of the input."""
        return STEPS_PER_YEAR[self.time_unit] / STEPS_PER_YEAR[self.step]

    def flag(self, name):
        """Where a flag of fit_flags is set."""
        attributes = self.data["fit_flags"].attrs
        masks = dict(zip(attributes["flag_meanings"].split(),
                         numpy.atleast_1d(attributes["flag_masks"])))
        if name not in masks:
            return numpy.zeros(len(self.names), bool)
        return (self["fit_flags"].astype(int) & int(masks[name])) != 0

    @property
    def identified(self):
        """Fits whose data determine all three parameters."""
        return self.fitted & ~(self.flag("fitness_unbounded") | self.flag("at_bound")
                               | self.flag("start_returned") | (self["fitness"] > RIDGE))

    def parameters(self, model):
        return self["fitness"][model], self["immediacy"][model], self["longevity"][model]

    def curve(self, model, age):
        """The fitted curve of a model at ages in steps."""
        return growth(numpy.asarray(age, float) * self.unit_of_step, self.scale,
                      *self.parameters(model))

    def increments(self):
        """(model, age) counts of each step; NaN at age 0 and where unobserved."""
        return numpy.diff(self.observed, axis=1, prepend=numpy.nan)

    def released(self):
        """Release dates as fractional years; NaN where unknown."""
        date = self["release_date"].astype("datetime64[D]")
        years = date.astype("datetime64[Y]")
        fraction = (date - years.astype("datetime64[D]")).astype(float) / 365.25
        year = years.astype(float) + 1970.0 + fraction
        return numpy.where(numpy.isnat(date), numpy.nan, year)

    def largest(self, count, among=None):
        """Models in falling order of their last count."""
        order = numpy.argsort(-self.final, kind="stable")
        keep = self.final[order] > 0
        if among is not None:
            keep &= among[order]
        return order[keep][:count]

    def quantile_index(self, probability):
        """Position of a probability in the file's quantiles."""
        distance = numpy.abs(self["quantile"] - probability)
        if distance.min() > 1e-6:
            raise Missing(f"{self.path.name} has no quantile {probability}")
        return int(distance.argmin())

    def forecast(self, model):
        """(age, median, quantiles[horizon, quantile] or None) of a model, from its last count."""
        self.require("forecast_count")
        age = self.age[self.last[model]] + self["horizon"]
        quantiles = None
        if "forecast_quantile" in self and numpy.isfinite(self["forecast_quantile"][model]).any():
            quantiles = self["forecast_quantile"][model]
        return age, self["forecast_count"][model], quantiles

    def identity(self):
        """What was run: one sentence of a caption."""
        attributes = self.attributes
        replicates = self.setting("bootstrap", "replicates", "0")
        return (f"{attributes.get('source', 'growcast')}, run "
                f"{str(attributes.get('id', '')).removeprefix('growcast-')[:12]}: "
                f"{self.setting('fit', 'method')} fits, m = {self.scale:g}, t in "
                f"{self.time_unit}s, {replicates} replicates, seed {attributes.get('seed', '')}")

    def sources(self):
        """Names of the input files."""
        lines = str(self.attributes.get("inputs", "")).splitlines()
        return [line.split(None, 1)[1] for line in lines if " " in line]

    def source(self):
        """What the data are: one sentence of a caption."""
        attributes = self.attributes
        files = self.sources()
        where = ", ".join(files) if len(files) <= 2 else f"{len(files)} files"
        return (f"Data: {number(len(self.names))} models, "
                f"{attributes.get('time_coverage_start', '?')} to "
                f"{attributes.get('time_coverage_end', '?')}, from {where}")


def short_name(name, length=28):
    """A model's name without its organization, shortened in the middle."""
    text = name.split("/", 1)[-1] or name
    if len(text) > length:
        text = text[: length - 9] + "\N{HORIZONTAL ELLIPSIS}" + text[-8:]
    return text
