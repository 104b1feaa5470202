"""The LSTM's relatives: without forget gate, with coupled gates, with peepholes, and with one bias a gate."""

import torch
from torch import Tensor, nn


class GatedLSTM(nn.Module):
    """An LSTM step by step: (N, T, features) -> (N, T, hidden_size), and the last state and cell, (N, hidden_size).

    `forget` is "gate" (Gers et al. 2000), "none" (Hochreiter & Schmidhuber 1997) or "coupled", where what is let in
    and what is kept add to 1 (Greff et al. 2017). Peepholes let the gates see the cell, the output gate the new one.
    It reads of each row the steps that `mask`, (N, T), has a 1 for.
    """

    def __init__(
        self,
        features: int,
        hidden_size: int,
        forget: str = "gate",
        peepholes: bool = False,
        forget_bias: float = 0.0,
    ) -> None:
        super().__init__()
        self.hidden_size, self.forget = hidden_size, forget
        self.gates = ("i", "f", "g", "o") if forget == "gate" else ("i", "g", "o")
        if forget == "coupled":
            self.gates = ("f", "g", "o")
        rows = len(self.gates) * hidden_size
        self.weight_ih = nn.Parameter(torch.empty(rows, features))
        self.weight_hh = nn.Parameter(torch.empty(rows, hidden_size))
        self.bias = nn.Parameter(torch.empty(rows))
        seeing = [gate for gate in self.gates if gate != "g"]
        self.peepholes = nn.ParameterDict(
            {gate: torch.empty(hidden_size) for gate in seeing if peepholes}
        )
        bound = hidden_size**-0.5
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)
        if "f" in self.gates and forget_bias:
            start = self.gates.index("f") * hidden_size
            with torch.no_grad():
                self.bias[start : start + hidden_size] = forget_bias

    def forward(
        self,
        x: Tensor,
        h: Tensor | None = None,
        c: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        h = x.new_zeros(len(x), self.hidden_size) if h is None else h
        c = x.new_zeros(len(x), self.hidden_size) if c is None else c
        read = x @ self.weight_ih.T + self.bias
        steps = []
        for t, step in enumerate(read.unbind(1)):
            new_h, new_c = self.step(step + h @ self.weight_hh.T, c)
            on = None if mask is None else mask[:, t, None] > 0
            h, c = (
                (new_h, new_c)
                if on is None
                else (torch.where(on, new_h, h), torch.where(on, new_c, c))
            )
            steps.append(h)
        y = torch.stack(steps, dim=1)
        return y if mask is None else y * mask[:, :, None], h, c

    def step(self, summed: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
        """The state and the cell after one step."""
        parts = dict(zip(self.gates, summed.chunk(len(self.gates), dim=1), strict=True))
        kept = torch.sigmoid(self.seen(parts, "f", c)) if "f" in parts else torch.ones_like(c)
        let_in = 1 - kept if self.forget == "coupled" else torch.sigmoid(self.seen(parts, "i", c))
        c = kept * c + let_in * torch.tanh(parts["g"])
        return torch.sigmoid(self.seen(parts, "o", c)) * torch.tanh(c), c

    def seen(self, parts: dict[str, Tensor], gate: str, c: Tensor) -> Tensor:
        """What a gate is decided by."""
        return parts[gate] + self.peepholes[gate] * c if gate in self.peepholes else parts[gate]
