"""A script that knows nothing of Lossoscope: it writes TensorBoard's event files.

python examples/tensorboard_script.py logs [steps] [pause after each, s]
and, beside it: python -m core follow logs
"""

import sys
import time

import torch
from torch.utils.tensorboard import SummaryWriter

LOGS = sys.argv[1] if len(sys.argv) > 1 else "logs"
STEPS = int(sys.argv[2]) if len(sys.argv) > 2 else 600
PAUSE_S = float(sys.argv[3]) if len(sys.argv) > 3 else 0.005

torch.manual_seed(0)
model = torch.nn.Linear(8, 1)
optimiser = torch.optim.SGD(model.parameters(), lr=0.05)
wanted = torch.randn(8, 1)

with SummaryWriter(LOGS, flush_secs=1) as writer:
    for step in range(STEPS):
        inputs = torch.randn(64, 8)
        loss = (model(inputs) - inputs @ wanted).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        writer.add_scalar("Loss/train", loss.item(), step)
        writer.add_scalar("lr", 0.05, step)
        time.sleep(PAUSE_S)
