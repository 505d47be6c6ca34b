"""The oracle: every operation once, slow and plain, in NumPy and float64. Nothing here is clever."""
