"""Layers whose one matrix works both ways: autoencoders with tied weights, word models with tied embeddings.

Two nodes of one such block share their weights; which port is fed, or what arrives there, says which way it works.
"""

from __future__ import annotations

from math import prod

from blocks.block import At, Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Call, call, unless
from blocks.setting import number, whole
from blocks.shape import SEQUENCE, TOKENS, VECTOR, Meaning, Shape, sequence, tokens, vector


@block("Linear")
class TiedLinear(Block):
    """A matrix without a bias that codes, or decodes by its transpose: (in_features,) → (out_features,), or back.

    What is fed to the port `code` goes back. Let the node that decodes share the weights of the one that codes.
    """

    source = "https://www.jmlr.org/papers/v11/vincent10a.html"
    formula = "y = W x,  or y = Wᵀ code"
    keywords = "tied shared transposed weights autoencoder encoder decoder restricted boltzmann"
    in_features: int = whole(784, low=1, short="{}", always=True, doc="Features of what is coded.")
    out_features: int = whole(128, low=1, short="{}", always=True, doc="Features of the code.")
    x = takes(VECTOR + SEQUENCE, optional=True, doc="What is to be coded.")
    code = takes(VECTOR + SEQUENCE, optional=True, doc="A code that is to be decoded.")
    y = gives(VECTOR + SEQUENCE)

    def shape(self, x: Shape | None, code: Shape | None) -> Shape:
        if (x is None) == (code is None):
            told = "nothing" if x is None else "something at both"
            raise Unfit(told, "a wire at one of its ports x and code", port="code" if x is not None else "x")
        name, wanted = ("in_features", self.in_features) if x is not None else ("out_features", self.out_features)
        given = x or code
        assert given is not None
        if given.features != wanted:
            remedy = Change({name: given.features})
            raise Unfit(given, f"its {name} of {wanted}", port="x" if x is not None else "code", remedies=(remedy,))
        return given.with_features(self.out_features if x is not None else self.in_features)

    def parameters(self, x: Shape | None, code: Shape | None) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.out_features, self.in_features)}

    def macs(self, x: Shape | None, code: Shape | None, y: Shape) -> int:
        return prod(y.sizes[:-1]) * self.in_features * self.out_features

    def module(self, x: Shape | None, code: Shape | None) -> Call:
        return call("TiedLinear", self.in_features, self.out_features)

    def forward(self, at: At) -> str:
        code = at.names.get("code")
        return f"{at.module}.decode({code})" if code else f"{at.module}({at.names['x']})"

    @classmethod
    def trials(cls) -> Trials:
        small = {"in_features": 4, "out_features": 3}
        return ((vector(4), None), small), ((None, vector(3)), small), ((None, sequence(5, 3)), small)


@block("Linear")
class TiedEmbedding(Block):
    """A vector for every word, or a score for every word from its vector: (T,) → (T, F), or (T, F) → (T, words).

    Let the node that scores share the weights of the one that looks up (Press & Wolf 2017).
    """

    source = "https://arxiv.org/abs/1608.05859"
    formula = "y_t = W[x_t],  or y_t = W x_t"
    keywords = "tied shared weights lookup table output word token vocabulary language model"
    num_embeddings: int = whole(1000, low=1, short="{}", always=True, doc="How many different words there are.")
    embedding_dim: int = whole(64, low=1, short="{}", always=True, doc="Features of each vector.")
    std: float = number(0.02, low=0.0, doc="Deviation of the normal numbers that it starts with; 0: all zero.")
    x = takes(TOKENS + SEQUENCE, doc="Words to be looked up, or vectors for which all words are scored.")
    y = gives(SEQUENCE)

    def shape(self, x: Shape) -> Shape:
        if x.meaning is Meaning.TOKENS:
            return self._looked_up(x)
        if x.dtype != "float32":
            raise Unfit(f"{x} of {x.dtype}", "plain numbers, or a row of whole ones", port="x")
        if x.features != self.embedding_dim:
            remedy = Change({"embedding_dim": x.features})
            raise Unfit(x, f"its embedding_dim of {self.embedding_dim}", port="x", remedies=(remedy,))
        return x.with_features(self.num_embeddings)

    def _looked_up(self, x: Shape) -> Shape:
        if x.dtype != "int64":
            raise Unfit(f"{x} of {x.dtype}", "whole numbers", "Set the number of classes on the input.", port="x")
        if x.classes > self.num_embeddings:
            expected, remedy = f"its num_embeddings of {self.num_embeddings}", Change({"num_embeddings": x.classes})
            raise Unfit(f"numbers below {x.classes}", f"numbers below {expected}", port="x", remedies=(remedy,))
        return sequence(x.sizes[0], self.embedding_dim)

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def macs(self, x: Shape, y: Shape) -> int:
        return 0 if x.meaning is Meaning.TOKENS else x.numel * self.num_embeddings

    def module(self, x: Shape) -> Call:
        return call("TiedEmbedding", self.num_embeddings, self.embedding_dim, **unless(0.02, std=self.std))

    def forward(self, at: At) -> str:
        return f"{at.module}({at.x})" if at.shape.meaning is Meaning.TOKENS else f"{at.module}.scores({at.x})"

    @classmethod
    def trials(cls) -> Trials:
        small = {"num_embeddings": 20, "embedding_dim": 3}
        return ((tokens(6, 20),), small), ((sequence(6, 3),), small)


@block("Linear")
class Bias(Block):
    """Adds a learned number to every feature, nothing else: (F,) → (F,), at each step of a sequence alike."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html"
    formula = "y = x + b"
    keywords = "offset learned add threshold tied autoencoder"
    x = takes(VECTOR + SEQUENCE)
    y = gives(VECTOR + SEQUENCE)

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"bias": (x.features,)}

    def module(self, x: Shape) -> Call:
        return call("LearnedBias", x.features)
