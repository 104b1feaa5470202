"""How a smaller shape is spread over a larger one: a vector over channels or features, a scalar over everything."""

from __future__ import annotations

from blocks.shape import SEQUENCE, Shape

Parts = tuple[Shape, ...]


def listed(parts: Parts) -> str:
    """Shapes as a sentence names them: `(3,), (4,) and (5,)`."""
    shown = [str(p) for p in parts]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def largest(parts: Parts) -> Shape:
    """The shape over which the others are spread."""
    return max(parts, key=lambda p: (p.rank, p.numel))


def spread(part: Shape, top: Shape) -> tuple[int, ...]:
    """The sizes of `part` with ones where it is spread over `top`; a vector scales channels or features."""
    if part.rank == top.rank:
        return part.sizes
    if part.rank == 1:
        ones = (1,) * (top.rank - 1)
        return (*ones, *part.sizes) if top.meaning in SEQUENCE else (*part.sizes, *ones)
    return (1,) * top.rank if part.rank == 0 else (0,) * top.rank  # 0 meets nothing


def meets(n: int, m: int) -> bool:
    """Whether a size can be spread to another, or the other way round."""
    return n == m or n == 1 or (m == 1 and n > 0)


def indexed(part: Shape, top: Shape) -> str:
    """The index that gives `part` the axes of `top`, with the batch in front."""
    if part.rank == top.rank:
        return ""
    if part.rank == 1 and top.meaning in SEQUENCE:
        return "[:, None]"
    kept = ":, " * (part.rank + 1)
    return f"[{kept}{', '.join(['None'] * (top.rank - part.rank))}]"
