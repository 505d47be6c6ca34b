"""Stage two: an image as a graph. Plans are pure data, made without looking at a tensor's contents."""

from itten.graph.stencil import Stencil, make_stencil
from itten.graph.tiles import TilePlan, plan_tiles
from itten.graph.weights import edge_weights, laplacian_apply

__all__ = ["Stencil", "TilePlan", "edge_weights", "laplacian_apply", "make_stencil", "plan_tiles"]
