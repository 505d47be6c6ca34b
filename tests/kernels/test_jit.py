import logging

import numba

from itten.kernels.numba import jit


def test_without_a_cache_kernels_run_uncached_with_a_warning(monkeypatch, caplog):
    real = numba.njit

    def no_cache(*args, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return real(*args, **options)

    monkeypatch.setattr(jit.numba, "njit", no_cache)
    with caplog.at_level(logging.WARNING, "itten"):

        @jit.kernel(parallel=True, inline=True)
        def double(x):
            return 2 * x

    assert double(3.0) == 6.0
    assert "uncached" in caplog.text
