"""Kernels for CUDA devices, in Triton. On the CPU they run in Triton's interpreter alone (TRITON_INTERPRET=1)."""
