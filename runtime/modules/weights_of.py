"""The weights of a network that penalties count."""

from torch import Tensor, nn


def weights_of(network: nn.Module, part: str = "", biases: bool = False) -> list[Tensor]:
    """The weights of a network or a part of it; without `biases` neither they nor those of norms.

    Weights that two layers share are counted once.
    """
    found: dict[Tensor, None] = {}
    for name, module in network.named_modules():
        within = f"{name}.".removeprefix("module.").startswith(f"{part}." if part else "")
        spared = not biases and "Norm" in type(module).__name__
        for parameter in module.parameters(recurse=False) if within and not spared else ():
            if biases or parameter.ndim > 1:
                found[parameter] = None
    return list(found)
