"""The faults that are planted into real training, and who must find them."""

from benchmarks.planted.trained import (
    TrainedFault,
    log_batches_of,
    shuffle_targets,
    shuffle_texts,
    spoil_term,
)

TRAINED_FAULTS: tuple[TrainedFault, ...] = (
    TrainedFault("learning rate x 30", "peptide", ("R-09",), {"learning_rate": 0.09}),
    TrainedFault("learning rate x 300", "peptide", ("P-02",), {"learning_rate": 0.9}),
    TrainedFault("learning rate x 300 later", "peptide", ("P-03",), later={"learning_rate": 0.9}),
    TrainedFault("NaN in a term", "peptide", ("R-52",), wrap=spoil_term("spectrum")),
    TrainedFault("zero-mass tokens", "peptide", ("R-12",),
                 {"special_tokens": "keep", "solo": "precursor"}),
    TrainedFault("clamped precursor", "peptide", ("R-08",), {"precursor_loss": "clamped"}),
    TrainedFault("the note's weights", "peptide", ("R-05",), {"balancing": "schedule"}),
    TrainedFault("Gaussian cosine alone", "peptide", ("R-21",),
                 {"solo": "spectrum", "spectrum_loss": "gaussian_cosine"}),
    TrainedFault("shuffled pairs", "pocket", ("R-25",), wrap=shuffle_targets),
    TrainedFault("learning rate x 30 later", "pocket", ("P-03",), later={"learning_rate": 0.3}),
    TrainedFault("learning rate x 90 later", "pocket", ("P-03",), later={"learning_rate": 0.9}),
    TrainedFault("learning rate x 30 later", "molecule", ("R-33",), later={"learning_rate": 0.18}),
    TrainedFault("learning rate x 150 later", "molecule", ("R-33",), later={"learning_rate": 0.9}),
    TrainedFault("all pairs shuffled later", "molecule", ("R-33",), wrap=shuffle_texts(1.0)),
    TrainedFault("half of the pairs shuffled later", "molecule", ("R-33",),
                 wrap=shuffle_texts(0.5)),
    TrainedFault("wrong batch in the log", "molecule", ("R-38",), wrap=log_batches_of(4)),
    TrainedFault("saturated output", "sidechain", ("R-44",), {"output": "tanh"}),
    TrainedFault("learning rate x 60 later", "sidechain", ("P-03",), later={"learning_rate": 0.3}),
    TrainedFault("a head of weight 0", "sidechain", ("R-45",), {"type_loss_weight": 0.0},
                 least="ok"),
    TrainedFault("frozen parameters", "sidechain", ("R-03",), {"learning_rate": 1e-8}),
)  # fmt: skip
