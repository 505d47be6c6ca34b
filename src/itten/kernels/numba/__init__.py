"""Compiled kernels for the CPU. Importing a module compiles nothing; the first call does."""
