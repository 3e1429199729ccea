# SPDX-License-Identifier: GPL-3.0-or-later
"""A sweep's file."""
import itertools

from .dataset import Dataset
from .run import FITTED


class Sweep(Dataset):
    """A sweep's file. Variables by model have a dimension for each varied setting before it;
    `combination` counts the combinations of settings, the last setting fastest."""

    kind = "sweep"

    def __init__(self, path):
        super().__init__(path)
        self.require("fitness", "model_name", "setting_name")
        self.settings = [d for d in self.data["fitness"].dims if d != "model"]
        self.names = self.text("model_name")

    def flat(self, name):
        """A variable by combination, then model."""
        return self.data[name].stack(combination=self.settings).transpose(
            "combination", "model", ...).values

    def labels(self, separator=", "):
        """Each combination's values of the settings. Words stand in a variable of their own."""
        values = [self[name if name in self.data else f"{name}_name"].tolist()
                  for name in self.settings]
        return [separator.join(v if isinstance(v, str) else f"{v:g}" for v in row)
                for row in itertools.product(*values)]

    def title(self):
        return ", ".join(self.text("setting_name"))

    def determined(self):
        """Models whose fitness the data determine under every combination."""
        masks = self.flag_masks()
        bad = sum(masks[f] for f in ("fitness_unbounded", "at_bound", "start_returned"))
        good = (self.flat("fit_status").astype(int) == FITTED) & (
            self.flat("fit_flags").astype(int) & bad == 0)
        return good.all(0)
