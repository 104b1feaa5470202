"""The end of a network that tells very many classes apart: rare ones by fewer features."""

from __future__ import annotations

from typing import Any

from blocks.block import At, Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Call, call, unless
from blocks.setting import flag, number, sizes, whole
from blocks.shape import SEQUENCE, VECTOR, Shape, sequence, vector


@block("Linear")
class AdaptiveLogSoftmax(Block):
    """Log-probabilities of very many classes, frequent ones first: (F,) → (n_classes,), at every step of a sequence.

    Classes beyond each cutoff are told apart by fewer features (Grave et al. 2017). NegativeLogLikelihood judges them.
    """

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveLogSoftmaxWithLoss.html"
    formula = "ln P(k) = ln P(cluster of k) + ln P(k in its cluster)"
    keywords = "language model vocabulary words rare frequent hierarchical efficient softmax loss"
    widens = "n_classes"
    n_classes: int = whole(10_000, low=2, short="{}", always=True, doc="Classes, the most frequent ones first.")
    cutoffs: tuple[int, ...] = sizes((1000,), short="cut {}", doc="Where a cluster of rarer classes begins, in order.")
    div_value: float = number(4.0, low=1.0, high=64.0, doc="By how much each cluster has fewer features than the last.")
    head_bias: bool = flag(False, doc="Give the frequent classes and the clusters a bias.")
    x = takes(VECTOR + SEQUENCE)
    y = gives(VECTOR + SEQUENCE)

    def shape(self, x: Shape) -> Shape:
        if not self.cutoffs or list(self.cutoffs) != sorted({*self.cutoffs}) or self.cutoffs[-1] >= self.n_classes:
            remedies = (Change({"cutoffs": (max(1, self.n_classes // 10),)}),)
            expected = f"cutoffs that rise and stay below {self.n_classes} classes"
            raise Unfit(self.cutoffs, expected, setting="cutoffs", remedies=remedies)
        if self._features(x, len(self.cutoffs) - 1) < 1:
            expected = "a feature at least for the rarest classes"
            raise Unfit(x, expected, setting="div_value", remedies=(Change({"div_value": 1.0}),) * (self.div_value > 1))
        return x.with_features(self.n_classes)

    def _features(self, x: Shape, cluster: int) -> int:
        return int(x.features // self.div_value ** (cluster + 1))

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        head = self.cutoffs[0] + len(self.cutoffs)
        found: dict[str, tuple[int, ...]] = {"head.weight": (head, x.features)}
        found |= {"head.bias": (head,)} if self.head_bias else {}
        for i, (start, end) in enumerate(zip(self.cutoffs, (*self.cutoffs[1:], self.n_classes), strict=True)):
            found[f"tail.{i}.0.weight"] = (self._features(x, i), x.features)
            found[f"tail.{i}.1.weight"] = (end - start, self._features(x, i))
        return found

    def macs(self, x: Shape, y: Shape) -> int:
        each = sum(rows * columns for rows, columns in (s for s in self.parameters(x).values() if len(s) == 2))
        return each * (x.numel // x.features)

    def module(self, x: Shape) -> Call:
        told: dict[str, Any] = unless(4.0, div_value=self.div_value) | unless(False, head_bias=self.head_bias)
        return call("nn.AdaptiveLogSoftmaxWithLoss", x.features, self.n_classes, self.cutoffs, **told)

    def forward(self, at: At) -> str:
        if at.shape.rank == 1:
            return f"{at.module}.log_prob({at.x})"
        return f"{at.module}.log_prob({at.x}.flatten(0, 1)).unflatten(0, {at.x}.shape[:2])"

    @classmethod
    def trials(cls) -> Trials:
        some: dict[str, object] = {"n_classes": 20, "cutoffs": (5, 12), "div_value": 2.0, "head_bias": True}
        return ((vector(8),), some), ((sequence(3, 8),), some)
