"""What has to be known before torch and Triton are imported: where there is no CUDA device, Triton's kernels run in its
interpreter; and threads that wait sleep. The suite shares its cores with its other workers, so that torch and BLAS get
one thread each; the kernels' own threads stay, and tests of threads ask for theirs. Coverage does not follow Triton's
interpreter into kernels, which it does not report but which take it most of its time."""

import os
import signal
import sys
from functools import wraps

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch

if "OMP_NUM_THREADS" not in os.environ:
    torch.set_num_threads(1)
if not torch.cuda.is_available():
    os.environ.setdefault("TRITON_INTERPRET", "1")


def pytest_configure() -> None:
    """Shells let what runs in the background ignore interrupts, and so would every process that tests interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Once tests that need Triton have imported it, and only under coverage."""
    if sys.gettrace() is None or "triton" not in sys.modules or os.environ.get("TRITON_INTERPRET") != "1":
        return
    from triton.runtime.interpreter import GridExecutor

    run = GridExecutor.__call__

    @wraps(run)
    def unseen(*arguments, **more):
        trace = sys.gettrace()
        sys.settrace(None)
        try:
            return run(*arguments, **more)
        finally:
            sys.settrace(trace)

    GridExecutor.__call__ = unseen
