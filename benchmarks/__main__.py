"""Run every benchmark and print one line a row: `name: measured (bound) holds` or `falls short`."""

import argparse
import importlib

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


def main() -> None:
    """Print the rows of the named benchmarks, or of all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("modules", nargs="*", help=f"all of them, or some of {', '.join(MODULES)}")
    names = parser.parse_args().modules
    if unknown := sorted(set(names) - set(MODULES)):
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(MODULES)}")
    for module in names or MODULES:
        for row in importlib.import_module(f"benchmarks.{module}").rows():
            verdict = "holds" if row.holds else "falls short"
            print(f"{row.name}: {row.measured} ({row.bound}) {verdict}", flush=True)


if __name__ == "__main__":
    main()
