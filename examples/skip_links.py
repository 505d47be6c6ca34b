"""Tell apart graphs that message passing cannot: rings with skip links, by attention that knows the spectrum.

Every node of a ring of 41 is also joined to the one ``skip`` places further on. All nodes look alike to their
neighbours, for all ten skips, so that no number of rounds of message passing parts them (Murphy, Srinivasan, Rao and
Ribeiro, "Relational pooling for graph representations", 2019, section 4.1). Drawn by code, with the nodes in random
order; tokens say nothing. One small network, three kinds of attention in it:

- plain: softmax of learned queries and keys of the tokens, which knows no graph;
- the same, with the low eigenvectors of the Laplacian as position codes, whose signs are random in every graph;
- :class:`itten.SpectralAttention`, whose signatures are also the tokens' position codes.

    python examples/skip_links.py --orders 8 --steps 200 --seed 0
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from torch import nn

import itten

NODES, SKIPS = 41, (2, 3, 4, 5, 6, 9, 11, 12, 13, 16)
WIDTH, HEADS, K = 32, 4, 16
Graphs = tuple[torch.Tensor, torch.Tensor]
KINDS = ("plain attention", "eigenvectors with random signs", "spectral attention")


def skip_links(skip: int, rng: np.random.Generator) -> torch.Tensor:
    """``(2, 82)``: the edges of a ring with links to the node ``skip`` further on, its nodes in random order."""
    nodes = np.arange(NODES)
    pairs = np.concatenate([np.stack([nodes, (nodes + far) % NODES]) for far in (1, skip)], axis=1)
    return torch.from_numpy(rng.permutation(NODES)[pairs])


def graphs(orders: int, rng: np.random.Generator) -> Graphs:
    """Edges ``(G, 2, 82)`` of all skips, each in ``orders`` orders of its nodes, and the classes ``(G,)``."""
    classes = torch.arange(len(SKIPS)).repeat_interleave(orders)
    return torch.stack([skip_links(SKIPS[number], rng) for number in classes.tolist()]), classes


def eigenvectors(edges: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """``(G, 41, 16)``: the lowest vectors after the constant one, each with a random sign."""
    matrix = torch.zeros(len(edges), NODES, NODES)
    for one, (begin, end) in zip(matrix, edges, strict=True):
        one[begin, end] = one[end, begin] = -1.0
    vectors = torch.linalg.eigh(matrix - torch.diag_embed(matrix.sum(dim=2))).eigenvectors[:, :, 1 : K + 1]
    signs = 2.0 * torch.randint(0, 2, (len(edges), 1, K), generator=generator) - 1.0
    return NODES**0.5 * vectors * signs


class Classifier(nn.Module):
    """Codes of nodes, one block of attention, the mean over the nodes, and a class."""

    def __init__(self, kind: str, codes: int) -> None:
        super().__init__()
        self.encode = nn.Linear(1 + codes, WIDTH)
        self.spectral = itten.SpectralAttention(WIDTH, HEADS, K, project=True) if kind == KINDS[2] else None
        self.plain = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True) if kind != KINDS[2] else None
        self.decode = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, len(SKIPS)))

    def forward(self, codes: torch.Tensor, signatures: torch.Tensor) -> torch.Tensor:
        """``(G, 10)`` from codes ``(G, 41, c)``; signatures ``(G, 41, 8)`` are those of the graphs' nodes."""
        tokens = self.encode(nn.functional.pad(codes, (1, 0), value=1.0))
        if self.spectral is not None:
            mixed = self.spectral.mix(signatures, signatures, tokens)
        else:
            mixed = self.plain(tokens, tokens, tokens, need_weights=False)[0]
        return self.decode(torch.relu(tokens + mixed).mean(dim=1))


def accuracy(kind: str, learned: Graphs, held_out: Graphs, steps: int, seed: int) -> float:
    """The share of the held-out graphs whose skip is told after ``steps`` steps on the others."""
    generator = torch.Generator().manual_seed(seed)
    attention = itten.SpectralAttention(k=K)
    signatures = [attention.signatures(edges, count=NODES) for edges, _ in (learned, held_out)]
    if kind == KINDS[0]:
        codes = [one[..., :0].float() for one in signatures]
    elif kind == KINDS[1]:
        codes = [eigenvectors(edges, generator) for edges, _ in (learned, held_out)]
    else:
        mean, spread = signatures[0].mean(dim=(0, 1)), signatures[0].std(dim=(0, 1)) + 1e-9
        codes = [((one - mean) / spread).float() for one in signatures]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Classifier(kind, codes[0].shape[-1])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        if kind == KINDS[1]:  # other signs in every step, as is usual
            codes[0] = eigenvectors(learned[0], generator)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(codes[0], signatures[0]), learned[1]).backward()
        optimizer.step()
    with torch.no_grad():
        return float((model(codes[1], signatures[1]).argmax(dim=1) == held_out[1]).double().mean())


def main(orders: int = 8, steps: int = 200, seed: int = 0) -> dict[str, float]:
    """Learn on ``orders`` orders of every graph, print and return the accuracy on as many others."""
    rng = np.random.default_rng(seed)
    learned, held_out = graphs(orders, rng), graphs(orders, rng)
    print(f"{'attention':32s} held-out accuracy    seconds")
    found = {}
    for kind in KINDS:
        begin = time.perf_counter()
        found[kind] = accuracy(kind, learned, held_out, steps, seed)
        print(f"{kind:32s} {found[kind]:16.0%} {time.perf_counter() - begin:10.1f}")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--orders", type=int, default=8, help="orders of the nodes of every graph, to learn and to test"
    )
    parser.add_argument("--steps", type=int, default=200, help="gradient steps")
    parser.add_argument("--seed", type=int, default=0, help="seed of the orders and of the network")
    main(**vars(parser.parse_args()))
