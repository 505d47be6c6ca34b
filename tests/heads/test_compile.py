"""torch.compile(fullgraph=True) of the picture-side heads gives the eager result."""

import pytest
import torch

from itten.config import PassParameters
from itten.heads import FRONT, Complexity, Composite, Contour, Distort, SpectralGate, Thicken
from tests.pictures import drawing, noise

FIELD = noise(40, 48, 3)[0] * 2 - 1
PARAMETERS = PassParameters(
    effect=1.0, thicken_modulation=0.3, kernel_sigma_ratio=0.6, fill_threshold=0.1, dilation_radius=2
)
PLACE = torch.randint(0, 40 * 48, (500,), generator=torch.Generator().manual_seed(0))
IMAGE = drawing(40, 48)
CASES = {
    "gate": (SpectralGate(), (FIELD,)),
    "contour": (Contour(), (IMAGE,)),
    "complexity": (Complexity(), (FIELD,)),
    "thicken": (Thicken(), (IMAGE, FIELD.sigmoid(), FIELD > 0.4, FIELD.abs(), PARAMETERS)),
    "colour": (Distort(FRONT), (IMAGE.flatten(1),)),
    "overwrite": (Composite("overwrite"), (IMAGE, PLACE, noise(1, 500)[:, 0])),
    "zbuffer": (Composite("zbuffer"), (IMAGE, PLACE, noise(1, 500)[:, 0])),
}


BACKENDS = [
    ("gate", "inductor"),
    *((name, "aot_eager") for name in CASES),
    *(pytest.param(name, "inductor", marks=pytest.mark.long) for name in CASES if name != "gate"),
]


@pytest.mark.parametrize(("name", "backend"), BACKENDS)
def test_compiled_equals_eager(name, backend):
    module, arguments = CASES[name]
    compiled = torch.compile(module, fullgraph=True, backend=backend)
    torch.testing.assert_close(compiled(*arguments), module(*arguments), rtol=1e-6, atol=1e-6)
