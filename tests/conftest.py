"""What has to be known before torch and Triton are imported: where there is no CUDA device, Triton's kernels run in its
interpreter; and threads that wait sleep, since the suite shares its cores with its other workers."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

if not torch.cuda.is_available():
    os.environ.setdefault("TRITON_INTERPRET", "1")
