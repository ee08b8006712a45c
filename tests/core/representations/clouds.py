"""Clouds that look like side chains to the density: the synthetic twin of real residues."""

import torch
from torch import Tensor

CLOSEST, NEAREST, FARTHEST = 1.2, 1.5, 7.0


def random_clouds(n: int, *, seed: int = 0, atoms: int = 10) -> tuple[Tensor, Tensor]:
    """Points at least 1.2 apart, at radii 1.5 to 7, mostly of channel 0; 2 to `atoms` of them."""
    generator = torch.Generator().manual_seed(seed)
    position = torch.zeros(n, atoms, 3, dtype=torch.float64)
    channel = torch.full((n, atoms), -1)
    for cloud in range(n):
        size = int(torch.randint(2, atoms + 1, (1,), generator=generator))
        kept: list[Tensor] = []
        while len(kept) < size:
            point = FARTHEST * (2.0 * torch.rand(3, generator=generator, dtype=torch.float64) - 1)
            far = all((point - other).norm() >= CLOSEST for other in kept)
            if far and NEAREST <= point.norm() <= FARTHEST:
                kept.append(point)
        position[cloud, :size] = torch.stack(kept)
        chance = torch.tensor([0.6, 0.17, 0.17, 0.06])
        channel[cloud, :size] = torch.multinomial(chance, size, True, generator=generator)
    return position, channel


def random_rotation(seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=torch.float64))[0]
    return matrix * torch.linalg.det(matrix)
