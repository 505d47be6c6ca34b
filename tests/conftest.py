"""What has to be known before torch and Triton are imported: where there is no CUDA device, Triton's kernels run in its
interpreter; and threads that wait sleep. The suite shares its cores with its other workers, so that torch and BLAS get
one thread each; the kernels' own threads stay, and tests of threads ask for theirs."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import torch

if "OMP_NUM_THREADS" not in os.environ:
    torch.set_num_threads(1)
if not torch.cuda.is_available():
    os.environ.setdefault("TRITON_INTERPRET", "1")
