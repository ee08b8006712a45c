"""A plain PyTorch script that logs itself: a curve is fitted, and kept smooth.

python examples/plain_torch.py [steps] [pause after each, s]
"""

import sys
import time

import torch

from core.balance.gradients import measure_gradients
from core.runs import Run

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 600
PAUSE_S = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0

torch.manual_seed(0)
x = torch.linspace(-3, 3, 200)[:, None].requires_grad_()
target = torch.sin(2 * x.detach()) + 0.3 * torch.randn_like(x)
model = torch.nn.Sequential(torch.nn.Linear(1, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))
optimiser = torch.optim.Adam(model.parameters(), lr=0.01)

with Run.start("smooth fit", config={"lr": 0.01, "width": 64}, total_steps=STEPS) as run:
    for step in range(STEPS):
        output = model(x)
        slope = torch.autograd.grad(output.sum(), x, create_graph=True)[0]
        terms = {"fit": (output - target).square().mean(), "smooth": slope.square().mean()}
        weights = {"fit": 1.0, "smooth": 0.01 if step < STEPS // 2 else 0.1}
        pulls = measure_gradients(terms, weights, [*model.parameters()]) if step % 20 == 0 else {}
        if step in {0, STEPS // 2}:
            run.stage("loose" if step == 0 else "smooth", step, weights=weights)
        run.measure(step, terms=terms, weights=weights, metrics=pulls)
        optimiser.zero_grad()
        torch.stack([weights[name] * value for name, value in terms.items()]).sum().backward()
        optimiser.step()
        time.sleep(PAUSE_S)
