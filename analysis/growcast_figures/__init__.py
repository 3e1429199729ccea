# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of growcast's output files.

`dataset` reads any of them, once `seal` found it whole; `run`, `backtest` and `sweep` one kind.
`growth` and `bands` compute, `style` and `labels` set how everything looks. Every other module draws
one figure or a few related ones: functions that take a file and return a matplotlib figure, or raise
Missing when the file does not hold what the figure shows."""
