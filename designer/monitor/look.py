"""How the plots of a view are drawn, apart from what draws them, which takes long to import."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from designer.monitor.series import Floats


@dataclass(frozen=True, slots=True)
class Look:
    """How all plots of a view are drawn: the shown steps, the unit of x, and the scale of y."""

    upper: float  # the last step shown
    unit: float  # steps that make one on the x axis: 1, or those of an epoch
    log: bool
    smoothed: bool

    def y(self, values: Floats) -> Floats:
        """Values as heights; what has no logarithm is a gap."""
        if not self.log:
            return np.asarray(values, np.float64)
        return np.log10(np.where(values > 0, values, np.nan))
