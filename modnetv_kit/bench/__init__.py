"""Speed and memory, measured on the machine at hand."""

from .report import as_json, bench_tables, plot
from .run import Bench, run_bench

__all__ = ["Bench", "as_json", "bench_tables", "plot", "run_bench"]
