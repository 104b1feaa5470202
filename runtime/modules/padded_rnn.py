"""torch's RNN for rows of unequal length."""

from torch import Tensor, nn


class PaddedRNN(nn.RNN):
    """nn.RNN that reads of each row the steps that `mask`, (N, T), has a 1 for: those before its padding."""

    def forward(  # type: ignore[override]
        self, input: Tensor, hx: Tensor | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        if mask is None:
            return super().forward(input, hx)
        lengths = mask.sum(dim=1).clamp(min=1).cpu()
        rows = nn.utils.rnn.pack_padded_sequence(
            input, lengths, batch_first=True, enforce_sorted=False
        )
        read, h = super().forward(rows, hx)
        y, _ = nn.utils.rnn.pad_packed_sequence(read, batch_first=True, total_length=input.shape[1])
        return y, h
