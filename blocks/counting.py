"""Language by counting: the baseline that recurrent language models are held against."""

from __future__ import annotations

from blocks.block import Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Call, call
from blocks.setting import choice, number, whole
from blocks.shape import SEQUENCE, TOKENS, Shape, sequence, tokens

LARGEST = 2**31  # numbers in the table: 8 GiB of float32


@block("Recurrent")
class NGram(Block):
    """Scores of the next word from the n - 1 before it, by a table of V^n numbers: (T,) → (T, V).

    The table holds scores that gradients train, or counts: then scores are the logarithms of the shares that words had
    among what followed, and the way of learning named counting adds up what it sees. Before the beginning of a text
    stands the word 0.
    """

    source = "https://web.stanford.edu/~jurafsky/slp3/3.pdf"
    formula = "P(w_t | w_(t-n+1) … w_(t-1)) = count(w_(t-n+1) … w_t) / count(w_(t-n+1) … w_(t-1))"
    keywords = "bigram trigram markov language model count baseline word token"
    num_embeddings: int = whole(27, low=2, short="{}", always=True, doc="V, how many different words there are.")
    n: int = whole(
        2, low=1, high=16, short="n = {}", always=True, doc="Words that are looked at, the next one among them."
    )
    holds: str = choice(
        "scores", ("scores", "counts"), short="{}", doc="What the table holds: scores to be trained, or how often."
    )
    added: float = number(
        0.1, low=1e-9, high=1e6, doc="Added to every count, so that nothing is impossible (Laplace, Lidstone)."
    )
    x = takes(TOKENS, doc="(time,)")
    y = gives(SEQUENCE, doc="Scores of the word after each: (time, V).")

    def shape(self, x: Shape) -> Shape:
        if x.classes > self.num_embeddings:
            raise Unfit(
                f"numbers below {x.classes}",
                f"numbers below its num_embeddings of {self.num_embeddings}",
                setting="num_embeddings",
                remedies=(Change({"num_embeddings": x.classes}),),
            )
        if self.num_embeddings**self.n > LARGEST:
            raise Unfit(
                f"{self.num_embeddings}^{self.n} numbers",
                f"a table of at most {LARGEST:,} numbers",
                "Look at fewer words.",
                setting="n",
            )
        return sequence(x.sizes[0], self.num_embeddings)

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"table.weight": (self.num_embeddings ** (self.n - 1), self.num_embeddings)}

    def module(self, x: Shape) -> Call:
        added = {"added": self.added} if self.holds == "counts" else {}
        return call("NGram", self.num_embeddings, self.n, **added)

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((tokens(6, 5),), {"num_embeddings": 5, "n": 3}),
            ((tokens(6, 5),), {"num_embeddings": 7, "n": 1}),
            ((tokens(6, 5),), {"num_embeddings": 5, "n": 2, "holds": "counts"}),
        )
