"""The note on the cosine loss: which function recomputes each of its claims."""

from typing import Final

from core.claims import cosine_compared, cosine_formulas, cosine_runs, cosine_vectors
from core.claims.learning_rates import two_rates
from core.claims.recipe import Recipe

RUNS, BOTH = ("runs",), ("runs", "histories")

COSINE_NOTE: Final[dict[str, Recipe]] = {
    "S0-01": Recipe(cosine_formulas.range_of_cosine),
    "S0-02": Recipe(cosine_formulas.loss_at_08),
    "S0-03": Recipe(cosine_formulas.sample_line),
    "S0-04": Recipe(cosine_runs.sample_line_mse, RUNS),
    "S0-05": Recipe(cosine_formulas.trajectory_identity),
    "S0-06": Recipe(cosine_runs.ratio_of_mse, BOTH),
    "S0-07": Recipe(cosine_runs.untrained_mse, BOTH),
    "S0-08": Recipe(cosine_vectors.random_baseline),
    "S0-09": Recipe(cosine_formulas.random_means),
    "S0-10": Recipe(cosine_formulas.grades),
    "S0-11": Recipe(cosine_formulas.two_targets),
    "S0-12": Recipe(cosine_runs.trajectory, ("histories",)),
    "S0-13": Recipe(cosine_runs.mse_falls, RUNS),
    "S0-14": Recipe(cosine_compared.gain_of_cosine, RUNS),
    "S0-15": Recipe(cosine_compared.retrieval_gain, RUNS),
    "S0-16": Recipe(cosine_runs.stability, RUNS),
    "S0-17": Recipe(cosine_compared.objective_and_metric, RUNS),
    "S0-18": Recipe(cosine_vectors.scale_of_prediction),
    "S0-19": Recipe(cosine_vectors.z_scored_norms),
    "S0-20": Recipe(cosine_vectors.drop_in_change),
    "S0-21": Recipe(cosine_compared.best_under_one_name, RUNS),
    "S0-22": Recipe(cosine_formulas.mse_across_norms),
    "S0-23": Recipe(cosine_compared.gain_of_info_nce, RUNS),
    "S0-24": Recipe(two_rates, ("molecules",), seconds=10.0, full_seconds=60.0),
    "S0-25": Recipe(cosine_formulas.history_block),
    "S0-26": Recipe(cosine_compared.best_of_history, RUNS),
}
