"""A PyTorch training loop; written by goodfit.Run, by our SummaryWriter, or by torch's own.

python examples/torch_loop.py logs/fit/moons
goodfit logs/fit
"""

import argparse

import numpy as np
import torch
from moons import batches, make_moons

import goodfit
from goodfit import metrics


def train(logdir: str, *, epochs: int = 20, writer: str = "run") -> dict:
    """Trains and returns what was logged: one list a tag."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    x, y = make_moons(600, noise=0.15, rng=rng)
    model = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    loss_of = torch.nn.CrossEntropyLoss()
    loss, accuracy = metrics.Mean(), metrics.SparseCategoricalAccuracy()
    history: dict[str, list[float]] = {}

    def one_epoch() -> dict[str, float]:
        loss.reset_state()
        accuracy.reset_state()
        for points, labels in batches(x[:400], y[:400], size=32, rng=rng):
            logits = model(torch.from_numpy(points))
            batch_loss = loss_of(logits, torch.from_numpy(labels))
            optimizer.zero_grad()
            batch_loss.backward()
            optimizer.step()
            # A batch's mean counts as many times as the batch has rows; the last batch may be shorter.
            loss.update_state(batch_loss, sample_weight=len(points))
            accuracy.update_state(labels, logits)
        with torch.no_grad():
            logits = model(torch.from_numpy(x[400:]))
            val_loss = loss_of(logits, torch.from_numpy(y[400:])).item()
        return {"loss/train": loss.result(), "accuracy/train": accuracy.result(), "loss/val": val_loss}

    def keep(values: dict[str, float]) -> None:
        for name, value in values.items():
            history.setdefault(name, []).append(value)

    if writer == "run":
        with goodfit.Run(logdir) as run:
            run.graph(model, input=torch.from_numpy(x[:1]))
            for epoch in range(epochs):
                values = one_epoch()
                run.log(epoch, values)
                run.histogram("weight", model[0].weight, step=epoch)
                keep(values)
        return history
    if writer == "torch":
        from torch.utils.tensorboard import SummaryWriter
    else:
        from goodfit.tensorboard import SummaryWriter
    with SummaryWriter(logdir) as board:
        board.add_graph(model, torch.from_numpy(x[:1]))
        for epoch in range(epochs):
            values = one_epoch()
            for name, value in values.items():
                board.add_scalar(name, value, epoch)
            board.add_histogram("weight", model[0].weight, epoch)
            keep(values)
    return history


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logdir")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--writer", choices=["run", "goodfit", "torch"], default="run")
    arguments = parser.parse_args()
    logged = train(arguments.logdir, epochs=arguments.epochs, writer=arguments.writer)
    print({name: round(values[-1], 4) for name, values in logged.items()})
