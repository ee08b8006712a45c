"""The adapter with a Trainer made up after Lightning's protocol, and with Lightning itself."""

from argparse import Namespace
from pathlib import Path

import pytest
import torch

from core.follow.lightning import LightningLogger
from core.runs.folder import read_config, run_folders
from core.runs.reader import read_history
from core.runs.status import read_status


def own_run() -> Path:
    (folder,) = [path for path, is_sample in run_folders() if not is_sample]
    return folder


def train(logger: LightningLogger, steps: int, *, fails: bool = False) -> None:
    """Call a logger as a Trainer does: hyperparameters, a step each, an epoch, the end."""
    logger.log_hyperparams(Namespace(lr=0.1))
    logger.log_graph(None)
    logger.save()
    try:
        for step in range(steps):
            logger.log_metrics(
                metrics={"train_ce": torch.tensor(2.0), "train_kl": 1.0, "epoch": 0}, step=step
            )
        if fails:
            raise ValueError("no such layer")
        logger.log_metrics(metrics={"val_loss": 0.5, "epoch": 0}, step=steps - 1)
        logger.finalize("success")
    except ValueError:
        logger.finalize("failed")
        raise


def test_what_a_module_logs_becomes_a_run_with_its_terms():
    logger = LightningLogger("try", terms={"ce": "train_ce", "kl": "train_kl"},
                             weights={"ce": 1.0, "kl": 2.0})  # fmt: skip
    assert (logger.name, logger.version) == ("try", "")
    train(logger, 3)
    folder = own_run()
    assert logger.version == folder.name
    assert read_config(folder).config == {"lr": 0.1}
    history = read_history(folder)
    assert history.terms == ("ce", "kl")
    assert history.series["train/kl/share"].value.tolist() == [50.0] * 3
    assert history.series["train/total_loss"].value.tolist() == [4.0] * 3
    assert history.series["val/total_loss"].value.tolist() == [0.5]
    assert history.series["epoch"].value.tolist() == [0.0] * 3
    assert read_status(folder).state == "finished"


def test_testing_after_training_goes_on_with_the_same_run():
    logger = LightningLogger(terms={"ce": "train_ce", "kl": "train_kl"})
    train(logger, 3)
    logger.log_metrics({"test_accuracy": 0.75}, step=2)
    logger.finalize("success")
    logger.finalize("success")
    history = read_history(own_run())
    assert history.series["train/ce/raw"].step.tolist() == [0, 1, 2]
    assert history.series["test_accuracy"].value.tolist() == [0.75]
    assert history.series["test_accuracy"].step.tolist() == [2]
    assert read_status(own_run()).state == "finished"


def test_a_training_that_fails_says_why():
    logger = LightningLogger(terms={"ce": "train_ce", "kl": "train_kl"})
    with pytest.raises(ValueError, match="no such layer"):
        train(logger, 3, fails=True)
    status = read_status(own_run())
    assert (status.state, status.message) == ("failed", "ValueError: no such layer")


def test_only_the_first_of_several_processes_writes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RANK", "1")
    train(LightningLogger(), 3)
    assert [path for path, is_sample in run_folders() if not is_sample] == []


@pytest.mark.filterwarnings("ignore")
def test_lightning_itself_writes_a_run(tmp_path: Path):
    lightning = pytest.importorskip(
        "lightning.pytorch", reason="Lightning is not installed: its protocol alone is tested"
    )

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.save_hyperparameters({"width": 4})
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, index):
            output = self.layer(batch[0])
            near, small = output.square().mean(), output.abs().mean()
            self.log_dict({"train_near": near, "train_small": small})
            return near + 0.5 * small

        def validation_step(self, batch, index):
            self.log("val_loss", self.layer(batch[0]).square().mean())

        def test_step(self, batch, index):
            self.log("test_loss", self.layer(batch[0]).square().mean())

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.01)

    rows = torch.utils.data.TensorDataset(torch.randn(40, 4))
    loader = torch.utils.data.DataLoader(rows, batch_size=4)
    logger = LightningLogger("real", terms={"near": "train_near", "small": "train_small"},
                             weights={"near": 1.0, "small": 0.5})  # fmt: skip
    trainer = lightning.Trainer(
        max_epochs=2, logger=logger, log_every_n_steps=1, accelerator="cpu",
        default_root_dir=tmp_path, enable_progress_bar=False, enable_model_summary=False,
        callbacks=[lightning.callbacks.LearningRateMonitor()],
    )  # fmt: skip
    module = Module()
    trainer.fit(module, loader, loader)
    trainer.test(module, loader)
    history = read_history(own_run())
    assert history.started is not None
    assert history.started.config == {"width": 4}
    assert history.series["train/near/raw"].step.tolist() == list(range(20))
    assert len(history.series["val/total_loss"]) == 2
    assert len(history.series["test_loss"]) == 1
    assert set(history.series["train/learning_rate"].value) == {0.01}
    assert read_status(own_run()).state == "finished"
