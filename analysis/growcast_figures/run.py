# SPDX-License-Identifier: GPL-3.0-or-later
"""A fit's file: what the figures and the report derive from it."""
import fnmatch

import numpy

from .dataset import Dataset, Missing
from .growth import growth

STEPS_PER_YEAR = {"month": 12.0, "day": 365.25, "year": 1.0}
FITTED = 0  # fit_status
RIDGE = 1e2  # a larger lambda says where a search stopped, not what lambda is


class Run(Dataset):
    """A fit's file. Arrays over models are in the order of model_name."""

    def __init__(self, path, metric=None):
        super().__init__(path)
        self.names = self.text("model_name")
        self.organizations = self.text("organization_name")
        self.organization = self["organization_index"].astype(int)
        self.observed = self["observed_count"]
        self.age = self["age"]
        self.step = self.attributes["age_unit"]
        self.metric = metric or self._metric()
        seen = numpy.isfinite(self.observed)
        # Position of the last observation; 0 stands for none at all.
        self.last = numpy.where(seen.any(1), seen.shape[1] - 1 - seen[:, ::-1].argmax(1), 0)
        self.final = numpy.nan_to_num(self.observed[numpy.arange(len(self.names)), self.last])
        self.fitted = self["fit_status"].astype(int) == FITTED

    def _metric(self):
        daily = self.step == "day" or self.setting("input", "counter").startswith("trailing30")
        return "downloads" if daily else "fine-tuned models"

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

    @property
    def identified(self):
        """Fits whose data determine all three parameters."""
        flagged = [self.has_flag(f) for f in ("fitness_unbounded", "at_bound", "start_returned")]
        return self.fitted & ~numpy.any(flagged, 0) & ~(self["fitness"] > RIDGE)

    def parameters(self, model):
        return self["fitness"][model], self["immediacy"][model], self["longevity"][model]

    def curve(self, model, age):
        """The fitted curve of a model at ages in steps."""
        return growth(numpy.asarray(age, float) * self.unit_of_step, self.scale,
                      *self.parameters(model))

    def counts(self, model):
        """(age, cumulative count) as far as the model is observed."""
        end = self.last[model] + 1
        return self.age[:end], self.observed[model, :end]

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

    def choose(self, patterns, most):
        """The largest models; of those that match a pattern, if there is one (* and ?; upper and
        lower case are one)."""
        if not patterns:
            return self.largest(most)
        match = numpy.array([any(fnmatch.fnmatchcase(name.lower(), p.lower()) for p in patterns)
                             for name in self.names])
        if not match.any():
            raise Missing(f"no model of {self.path.name} matches {', '.join(patterns)}")
        order = numpy.argsort(-self.final, kind="stable")
        return order[match[order]][:most]

    def forecast(self, model):
        """(age, median, quantiles[horizon, quantile] or None) of a model, from its last count; None
        without a forecast."""
        if "forecast_count" not in self or numpy.isnan(self["forecast_count"][model]).all():
            return None
        quantiles = None
        if "forecast_quantile" in self and numpy.isfinite(self["forecast_quantile"][model]).any():
            quantiles = self["forecast_quantile"][model]
        age = self.age[self.last[model]] + self["horizon"]
        return age, self["forecast_count"][model], quantiles

    def identity(self):
        return (f"{super().identity()}: {self.setting('fit', 'method')} fits, m = {self.scale:g}, "
                f"t in {self.time_unit}s, {self.setting('bootstrap', 'replicates', '0')} "
                f"replicates, seed {self.attributes.get('seed', '')}")


def short_name(name, length=28):
    """A model's name without its organization, shortened in the middle."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    text = text.split("/", 1)[-1] or text
    if len(text) > length:
        text = text[: length - 9] + "\N{HORIZONTAL ELLIPSIS}" + text[-8:]
    return text
