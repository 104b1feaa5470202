"""torch's LSTM with a forget bias of one's own, and for rows of unequal length."""

import torch
from torch import Tensor, nn


class PaddedLSTM(nn.LSTM):
    """nn.LSTM whose forget gates begin at `forget_bias`, the sum of torch's two biases.

    It reads of each row the steps that `mask`, (N, T), has a 1 for: those before its padding.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        forget_bias: float | None = None,
    ) -> None:
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
        )
        for name, vector in self.named_parameters():
            if forget_bias is not None and name.startswith("bias_"):
                start = forget_bias if name.startswith("bias_ih") else 0.0
                with torch.no_grad():
                    vector[hidden_size : 2 * hidden_size] = start

    def forward(  # type: ignore[override]
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        if mask is None:
            return super().forward(input, hx)
        lengths = mask.sum(dim=1).clamp(min=1).cpu()
        rows = nn.utils.rnn.pack_padded_sequence(
            input, lengths, batch_first=True, enforce_sorted=False
        )
        read, states = super().forward(rows, hx)
        y, _ = nn.utils.rnn.pad_packed_sequence(read, batch_first=True, total_length=input.shape[1])
        return y, states
