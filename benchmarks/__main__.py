"""Run every benchmark and print one line a row: `name: measured (bound) holds` or `falls short`."""

import importlib
import sys

MODULES = (
    "bench_gaussian",
    "bench_expected_spectrum",
    "bench_nearest",
    "bench_samplers",
    "bench_pockets",
    "bench_density",
    "bench_pages",
    "bench_runs",
    "bench_overlay",
    "bench_tensorboard",
    "bench_follow",
    "bench_training",
    "bench_rules",
)


def main(names: list[str]) -> None:
    """Print the rows of the named benchmarks, or of all."""
    for module in names or MODULES:
        for row in importlib.import_module(f"benchmarks.{module}").rows():
            verdict = "holds" if row.holds else "falls short"
            print(f"{row.name}: {row.measured} ({row.bound}) {verdict}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
