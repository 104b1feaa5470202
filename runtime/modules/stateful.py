"""Recurrent layers that go on where the batch before ended."""

from torch import Tensor, nn


def stateful(layer: nn.RNNBase) -> nn.RNNBase:
    """A recurrent layer that begins a batch with the states in which the last one ended.

    Gradients go no further back than the batch: back-propagation through time is truncated there.
    It begins anew with zeros where the mode changes or another number of rows comes.
    """

    def begin(layer: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[object, ...]:
        memory = vars(layer)["memory"]
        goes_on = memory.get("of") == (layer.training, len(inputs[0]))
        return (inputs[0], memory["states"]) if goes_on else inputs

    def end(layer: nn.Module, inputs: tuple[Tensor, ...], results: tuple[Tensor, ...]) -> None:
        last = results[1]
        states = last.detach() if isinstance(last, Tensor) else tuple(s.detach() for s in last)
        vars(layer)["memory"] = {"states": states, "of": (layer.training, len(inputs[0]))}

    vars(layer)["memory"] = {}
    layer.register_forward_pre_hook(begin)
    layer.register_forward_hook(end)
    return layer
