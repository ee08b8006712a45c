"""The first report that a reader sees: made of the sample runs, and said to be."""

from typing import Final

from core.events import Plain
from core.report.draft import Draft, Section

SAMPLE_NAME: Final = "Sample report"
FOLLOWING: Final = "peptide-20261121-152301-51b8"
AS_WRITTEN: Final = "peptide-20261121-152341-3913"
BOTH: Final[list[Plain]] = [FOLLOWING, AS_WRITTEN]
SCORES: Final[list[Plain]] = ["val_easy/residue_accuracy", "val_easy/ppm_error"]

SAMPLE: Final = Draft(
    "Do weights that follow their targets save the run?",
    "A sample report: recorded runs on synthetic spectra",
    (
        Section("text", "", {"text": (
            "Two runs from the same seed that differ in **one thing**: how the terms of the loss "
            "are weighted. One takes the weights of the training note as they are written; the "
            "other lets the weights follow the shares that the same note asks for.\n\n"
            "Both are trained on *synthetic* spectra for 3,000 steps on a CPU. What they show "
            "holds for this setting; other data may differ."
        )}),
        Section("compare", "The same data, two ways to weigh",
                {"runs": BOTH, "metrics": SCORES, "log": False}),
        Section("table", "In numbers", {"runs": BOTH, "metrics": [*SCORES, "train/total_loss"]}),
        Section("run", "The run with weights as written", {"run": AS_WRITTEN}),
        Section("findings", "What the rules say of it", {"runs": [AS_WRITTEN]}),
        Section("claims", "What the notes say of these weights",
                {"claims": ["S2-16", "S2-19", "S2-22"]}),
    ),
)  # fmt: skip
