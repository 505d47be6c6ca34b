"""Handwritten digits as graphs of patches: spectral attention beside attention that knows no graph.

    python examples/digits.py

The digits that ship with scikit-learn are 8 × 8 pixels: sixteen patches of 2 × 2. Patches are tokens and hold their
four values, but not where they are. The graph joins neighbouring patches, more weakly the more they differ, so its
spectrum knows the shape of the digit. Two networks of the same size learn 1,200 digits and are asked about the other
597: one attends by what patches hold, the other by the spectrum of their graph. Takes about half a minute.
"""

from __future__ import annotations

import torch
from sklearn.datasets import load_digits
from torch import nn

import itten

TRAINED, WIDTH, K = 1200, 32, 8


def graphs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Patches ``(B, 16, 4)`` in [0, 1], edges ``(2, 24)``, their weights ``(B, 24)``, and the digits ``(B,)``."""
    images, labels = load_digits(return_X_y=True)
    pixels = torch.from_numpy(images).float().view(-1, 4, 2, 4, 2) / 16
    patches = pixels.transpose(2, 3).reshape(-1, 16, 4)
    place = torch.arange(16).view(4, 4)
    right, down = torch.stack([place[:, :-1], place[:, 1:]]), torch.stack([place[:-1], place[1:]])
    edges = torch.cat([right.flatten(1), down.flatten(1)], dim=1)
    apart = (patches[:, edges[0]] - patches[:, edges[1]]).norm(dim=-1)
    return patches, edges, torch.exp(-apart / 0.4), torch.from_numpy(labels)


class Reader(nn.Module):
    """Tokens mix once, by the spectra of their graphs if ``spectral``, and are read as their mean and largest."""

    def __init__(self, spectral: bool, size: int) -> None:
        super().__init__()
        self.spectral = spectral
        self.lift = nn.Linear(4 + size * spectral, WIDTH)
        self.attention = itten.SpectralAttention(WIDTH, heads=4, k=K, project=True) if spectral else None
        self.plain = None if spectral else nn.MultiheadAttention(WIDTH, 4, batch_first=True)
        self.deep = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 64), nn.GELU(), nn.Linear(64, WIDTH))
        self.last = nn.Linear(2 * WIDTH, 10)

    def forward(self, patches: torch.Tensor, signatures: torch.Tensor) -> torch.Tensor:
        if self.attention is not None:
            x = self.lift(torch.cat([patches, signatures], dim=-1))
            x = x + self.attention.mix(signatures, signatures, x)
        else:
            assert self.plain is not None
            x = self.lift(patches)
            x = x + self.plain(x, x, x, need_weights=False)[0]
        x = x + self.deep(x)
        return self.last(torch.cat([x.mean(dim=1), x.amax(dim=1)], dim=-1))


def main(epochs: int = 60) -> dict[str, float]:
    """The shares of digits that were not learned from and are told rightly, by each of the two."""
    patches, edges, weights, labels = graphs()
    # Graphs do not change while the network learns, so their signatures are computed once.
    signed = itten.SpectralAttention(k=K).signatures(edges.expand(len(labels), -1, -1), weights, count=16).float()
    found = {}
    for name, spectral in (("plain attention", False), ("spectral attention", True)):
        torch.manual_seed(0)
        model = Reader(spectral, signed.shape[-1])
        optimiser = torch.optim.AdamW(model.parameters(), 3e-3)
        order = torch.Generator().manual_seed(1)
        for _ in range(epochs):
            for part in torch.randperm(TRAINED, generator=order).split(100):
                loss = nn.functional.cross_entropy(model(patches[part], signed[part]), labels[part])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        with torch.no_grad():
            right = model(patches[TRAINED:], signed[TRAINED:]).argmax(dim=1) == labels[TRAINED:]
        found[name] = float(right.double().mean())
        print(f"{name}: {100 * found[name]:.1f} % of the digits that it had not seen")
    return found


if __name__ == "__main__":
    main()
