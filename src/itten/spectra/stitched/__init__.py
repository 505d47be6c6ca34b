"""The stitched method: what both ways to run it share, and the choice between them."""
