"""Kernels without a cache, and threads that share them."""

import logging
import os
import threading

import numba
import numpy as np
import pytest

from itten.kernels.numba import jit, team


@jit.kernel(shared=True)
def squares(first, last, x, out):
    for i in range(first, last):
        out[i] = x[i] * x[i]


def test_without_a_cache_kernels_run_uncached_with_a_warning(monkeypatch, caplog):
    real = numba.njit

    def no_cache(*args, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return real(*args, **options)

    monkeypatch.setattr(jit.numba, "njit", no_cache)
    with caplog.at_level(logging.WARNING, "itten"):

        @jit.kernel(inline=True)
        def double(x):
            return 2 * x

    assert double(3.0) == 6.0
    assert "uncached" in caplog.text


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("size", [0, 1, 2, 5, 1000])
def test_every_number_of_a_range_is_done_once(count, size):
    done: list[int] = []
    lock = threading.Lock()

    def run(first, last, offset):
        with lock:
            done.extend(range(first + offset, last + offset))

    with team.limited(count):
        team.share(run, 3, 3 + size, (10,))
    assert sorted(done) == list(range(13, 13 + size))


def test_an_error_in_a_piece_reaches_the_caller_and_the_team_goes_on():
    def fail(first, last):
        raise ValueError(f"piece {first}")

    with team.limited(3):
        for _ in range(5):
            with pytest.raises(ValueError, match="piece"):
                team.share(fail, 0, 100, ())
        x, out = np.arange(100.0), np.zeros(100)
        squares(0, 100, x, out)
    np.testing.assert_array_equal(out, x * x)


def test_many_threads_may_call_at_once():
    x = np.arange(5000.0)
    outs = [np.zeros(5000) for _ in range(8)]

    def work(out):
        for _ in range(50):
            squares(0, 5000, x, out)

    with team.limited(3):
        callers = [threading.Thread(target=work, args=(out,)) for out in outs]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(60)
    assert all((out == x * x).all() for out in outs)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_a_team_of_its_own():
    with team.limited(3):
        x, out = np.arange(1000.0), np.zeros(1000)
        squares(0, 1000, x, out)
        child = os.fork()
        if child == 0:
            out[:] = 0
            squares(0, 1000, x, out)
            os._exit(0 if (out == x * x).all() else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
