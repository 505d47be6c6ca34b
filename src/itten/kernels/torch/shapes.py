"""What a set of pixels is by itself, in torch on any device. Columns and formulas as in ``reference.shapes``."""

from __future__ import annotations

import math

import torch

from itten.kernels.reference.shapes import ANGULAR, FINEST, PARTS, RADIAL, SPREAD, STEP, VALUES

# Rows that pad a matrix to PARTS: beyond all eigenvalues of a Laplacian of four neighbours over its masses.
BEYOND = 100.0


def shape_numbers(pixels: torch.Tensor, size: torch.Tensor, width: int) -> torch.Tensor:
    """``(S, COLUMNS)`` float64, see :func:`itten.kernels.reference.shapes.shape_numbers`."""
    count = len(size)
    owner = torch.arange(count, device=pixels.device).repeat_interleave(size)
    place = torch.stack([pixels // width, pixels % width])
    index = owner.expand(2, -1)
    low = place.new_full((2, count), int(place.max()) + 1).scatter_reduce(1, index, place, "amin")
    place = place - low[:, owner]
    extent = place.new_zeros((2, count)).scatter_reduce(1, index, place, "amax") + 1
    total = place.new_zeros((2, count)).index_add(1, owner, place)
    v, u = ((size[owner] * place - total[:, owner]).double() / size[owner]).unbind(0)
    area = size.double()

    def mean(values: torch.Tensor) -> torch.Tensor:
        return area.new_zeros(count).index_add(0, owner, values) / area

    second = [mean(u * u) + 1.0 / 12.0, mean(v * v) + 1.0 / 12.0, mean(u * v), area]
    gyration = (second[0] + second[1]).sqrt()[owner]
    u, v = u / gyration, v / gyration
    r = (u * u + v * v).sqrt()
    links = _neighbours(place, owner, extent)
    columns = [
        _own_values(place, owner, size, extent, links),
        _harmonics(SPREAD * u, SPREAD * v, mean),
        torch.stack([*second, mean(r), mean(r**3), mean(r**4)], dim=1),
        _hulls(place, size, extent),
    ]
    return torch.cat(columns, dim=1)


def _harmonics(u: torch.Tensor, v: torch.Tensor, mean: object) -> torch.Tensor:
    assert callable(mean)
    rho = u * u + v * v
    re, im = (-0.5 * rho).exp(), torch.zeros_like(u)
    real, imaginary = [], []
    for m in range(ANGULAR):
        before, now = torch.zeros_like(u), torch.ones_like(u)
        for n in range(RADIAL):
            norm = math.sqrt(math.factorial(n) / math.factorial(n + m))
            real.append(norm * mean(now * re))
            imaginary.append(norm * mean(now * im))
            before, now = now, ((2 * n + 1 + m - rho) * now - (n + m) * before) / (n + 1)
        re, im = re * u - im * v, re * v + im * u
    return torch.stack(real + imaginary, dim=1)


def _neighbours(place: torch.Tensor, owner: torch.Tensor, extent: torch.Tensor) -> list[torch.Tensor]:
    """For both axes the pairs ``(2, …)`` of a segment's neighbouring pixels."""
    # Each segment gets a canvas of its own, with a free column and a free row after it.
    pitch = extent[1] + 1
    room = (extent[0] + 1) * pitch
    begin = room.cumsum(0) - room
    spot = begin[owner] + place[0] * pitch[owner] + place[1]
    number = torch.full((int(room.sum()),), -1, device=place.device)
    own = torch.arange(len(owner), device=place.device)
    number[spot] = own
    pairs = []
    for step in (pitch[owner], torch.ones_like(owner)):
        other = number[spot + step]
        pairs.append(torch.stack([own[other >= 0], other[other >= 0]]))
    return pairs


def _own_values(
    place: torch.Tensor, owner: torch.Tensor, size: torch.Tensor, extent: torch.Tensor, links: list[torch.Tensor]
) -> torch.Tensor:
    count = len(size)
    part, parts = _parts(place, owner, size, extent, torch.cat(links, dim=1))
    slot = owner * PARTS + part
    zeros = torch.zeros(count * PARTS, dtype=torch.float64, device=place.device)
    mass = zeros.index_add(0, slot, torch.ones_like(zeros[:1]).expand(len(slot)))
    centre = torch.stack([zeros.index_add(0, slot, c.double()) / mass.clamp(min=1.0) for c in place])
    matrix = torch.zeros((count * PARTS * PARTS,), dtype=torch.float64, device=place.device)
    for axis, (first, second) in enumerate(links):
        crossing = part[first] != part[second]
        i, j = slot[first[crossing]], slot[second[crossing]]
        way = centre[:, j] - centre[:, i]
        flow = way[axis].abs() / way.square().sum(dim=0)
        for row, column, sign in ((i, j, -1.0), (j, i, -1.0), (i, i, 1.0), (j, j, 1.0)):
            matrix.index_add_(0, row * PARTS + column % PARTS, sign * flow)
    root = mass.clamp(min=1.0).sqrt().reshape(count, PARTS)
    matrix = matrix.reshape(count, PARTS, PARTS) / (root[:, :, None] * root[:, None, :])
    padding = torch.where(mass > 0, 0.0, BEYOND).reshape(count, PARTS)
    values = torch.linalg.eigvalsh(matrix + torch.diag_embed(padding))[:, 1 : VALUES + 1].clamp(min=0.0)
    number = torch.arange(1, VALUES + 1, device=place.device)
    return torch.where(number < parts[:, None], values * size[:, None], 4.0 * torch.pi * number.double())


def _parts(
    place: torch.Tensor, owner: torch.Tensor, size: torch.Tensor, extent: torch.Tensor, links: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The part of every pixel, numbered from 0 in each segment, and the number of parts ``(S,)``."""
    sides = torch.full((len(size),), FINEST, dtype=torch.float64, device=place.device)
    while bool((fine := size > PARTS * sides.square()).any()):
        sides = torch.where(fine, sides * STEP, sides)
    whole = torch.zeros_like(fine)
    while True:
        twice = 2 * place - (extent - 1)[:, owner]
        cell = twice.sign() * (twice.abs() / (2.0 * sides[owner]) + 0.5).floor().long()
        same = (cell[:, links[0]] == cell[:, links[1]]).all(dim=0)
        root = _components(len(owner), links[:, same])
        first = root == torch.arange(len(owner), device=place.device)
        parts = torch.zeros_like(size).index_add(0, owner, first.long())
        many = (parts > PARTS) & ~whole
        if not bool(many.any()):
            break
        whole = whole | (many & (sides > extent.amax(dim=0)))
        sides = torch.where(many & ~whole, sides * STEP, sides)
    before = parts.cumsum(0) - parts
    part = (first.long().cumsum(0) - 1)[root] - before[owner]
    return torch.where(whole[owner], 0, part), torch.where(whole, 1, parts)


def _components(count: int, links: torch.Tensor) -> torch.Tensor:
    """The lowest number in each connected set: smallest roots are hooked, pointers halved, until nothing moves."""
    parent = torch.arange(count, device=links.device)
    while True:
        ends = parent[links]
        smallest = ends.amin(dim=0)
        hooked = parent.scatter_reduce(0, ends.flatten(), smallest.repeat(2), "amin")
        while not torch.equal(jumped := hooked[hooked], hooked):
            hooked = jumped
        if torch.equal(hooked, parent):
            return parent
        parent = hooked


def _hulls(place: torch.Tensor, size: torch.Tensor, extent: torch.Tensor) -> torch.Tensor:
    """``(S, 2)``: area and perimeter of the hull of the pixels' squares, from the envelopes of the rows' ends."""
    found = []
    for mine, (rows, columns) in zip(place.split(size.tolist(), dim=1), extent.T.tolist(), strict=True):
        ends = torch.full((2, rows + 1), -(columns + 1), device=place.device)
        spots = torch.cat([mine[0], mine[0] + 1])
        # Columns of the left ends are negated: both envelopes are upper ones.
        ends[0] = ends[0].scatter_reduce(0, spots, -mine[1].repeat(2), "amax")
        ends[1] = ends[1].scatter_reduce(0, spots, mine[1].repeat(2) + 1, "amax")
        area, around = torch.zeros((), dtype=torch.float64, device=place.device), 0.0
        for line in ends:
            at = _envelope(line.double(), line > -(columns + 1))
            height, run = line[at].double(), at.double()
            area = area + (0.5 * (height[1:] + height[:-1]) * run.diff()).sum()
            around = around + (height.diff().square() + run.diff().square()).sqrt().sum()
        caps = (ends[0] + ends[1])[[0, -1]].sum()
        found.append(torch.stack([area, around + caps]))
    return torch.stack(found)


def _envelope(line: torch.Tensor, held: torch.Tensor) -> torch.Tensor:
    """The rows at which the upper concave envelope of ``line`` over the rows ``held`` has its corners."""
    rows = held.nonzero().squeeze(1)
    at, height = rows.double(), line[rows]
    slope = (height[None] - height[:, None]) / (at[None] - at[:, None])
    place = torch.arange(len(rows), device=line.device)
    before = torch.where(place[None] < place[:, None], slope, torch.inf).amin(dim=1)
    after = torch.where(place[None] > place[:, None], slope, -torch.inf).amax(dim=1)
    return rows[before > after]
