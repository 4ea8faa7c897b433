"""Speed and memory, measured on the machine at hand."""

from .report import as_json, plot, tables
from .run import Bench, run_bench

__all__ = ["Bench", "as_json", "plot", "run_bench", "tables"]
