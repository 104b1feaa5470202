"""Losses of numbers and of distributions: robust differences, likelihoods, divergences, angles."""

from __future__ import annotations

from blocks.block import At, Unfit, block, gives, takes
from blocks.call import Argument, unless
from blocks.loss import SCORES, Criterion, Difference, Loss, Trials, as_floats, feature_axis, pair, refuse_unpaired
from blocks.setting import choice, flag, number
from blocks.shape import ANY, FLOATS, SCALAR, Meaning, Shape, image, sequence, shape_of, vector

_TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.nn.{}Loss.html"
_TENSORS = tuple(m for m in FLOATS if m is not Meaning.SCALAR)


@block("Loss and metric")
class Huber(Difference):
    """Squared where small, a line of slope δ where large (Huber 1964): prediction (F,) and target (F,) → ()."""

    source = _TORCH.format("Huber")
    formula = "L = d² / 2 where d = |y − t| < δ, else δ (d − δ / 2)"
    keywords = "regression robust outliers smooth l1"
    function = "huber_loss"
    delta: float = number(
        1.0, low=1e-6, short="δ {}", doc="The difference at which it turns from square to line, and the slope there."
    )

    def named(self) -> dict[str, Argument]:
        return super().named() | unless(1.0, delta=self.delta)


@block("Loss and metric")
class PoissonNLL(Difference):
    """Surprise at counts, from the logarithm of how many are to be expected: (F,) and counts (F,) → ()."""

    source = _TORCH.format("PoissonNLL")
    formula = "L = e^y − t y, or y − t ln(y + eps)"
    keywords = "counts rate regression likelihood events"
    function = "poisson_nll_loss"
    log_input: bool = flag(True, doc="The prediction is the logarithm of the rate; no: the rate itself, above 0.")
    full: bool = flag(False, doc="Add what Stirling's formula gives for ln t!, which no weight changes.")
    eps: float = number(1e-8, low=1e-38, high=1.0, doc="Added to a rate before its logarithm.")

    def named(self) -> dict[str, Argument]:
        told = unless(True, log_input=self.log_input) | unless(False, full=self.full) | unless(1e-8, eps=self.eps)
        return told | super().named()


@block("Loss and metric")
class GaussianNLL(Loss):
    """Surprise at numbers, from their expected value and variance: (F,), target (F,), variance (F,) → ().

    A network learns so how sure it may be (Nix and Weigend 1994). A Softplus keeps a variance above 0.
    """

    source = _TORCH.format("GaussianNLL")
    formula = "L = (ln max(v, eps) + (y − t)² / max(v, eps)) / 2"
    keywords = "uncertainty heteroscedastic regression normal likelihood variance"
    function = "gaussian_nll_loss"
    full: bool = flag(False, doc="Add ln √(2π), which no weight changes.")
    eps: float = number(1e-6, low=1e-38, high=1.0, doc="What a smaller variance is raised to.")
    prediction = takes(FLOATS)
    target = takes(ANY, doc="What was wanted, of the same shape.")
    variance = takes(FLOATS, doc="The variance of each prediction, never below 0.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape, variance: Shape) -> None:
        if result.sizes != variance.sizes:
            raise Unfit(variance, f"a variance for each of {result}", port="variance")
        if result.sizes != wanted.sizes:
            refuse_unpaired(result, wanted, "prediction")
            raise Unfit(wanted, f"a target {result}", "Take the axis of one away with a Flatten.", port="target")

    def named(self) -> dict[str, Argument]:
        return unless(False, full=self.full) | unless(1e-6, eps=self.eps) | super().named()

    def compared(self, at: At) -> tuple[str, ...]:
        want = at.shapes["target"]
        assert isinstance(want, Shape)
        target = str(at.names["target"]) + ("" if want.dtype == "float32" else ".float()")
        return str(at.names["prediction"]), target, str(at.names["variance"])

    @classmethod
    def trials(cls) -> Trials:
        one = shape_of(())
        return ((vector(3),) * 3, {"full": True}), ((one,) * 3, {"reduction": "sum"}), ((image(2, 4, 5),) * 3, {})


@block("Loss and metric")
class KLDivergence(Loss):
    """How far one distribution is from another: log-probabilities (C,) and the wanted probabilities (C,) → ()."""

    source = _TORCH.format("KLDiv")
    formula = "L = Σ t (ln t − y), y log-probabilities"
    keywords = "kullback leibler relative entropy distribution distillation"
    function = "kl_div"
    reduction: str = choice(
        "batchmean", ("batchmean", "sum"), doc="The sum for each example and then the mean over the batch, or the sum."
    )
    log_target: bool = flag(False, doc="What is wanted are log-probabilities as well.")
    log_probabilities = takes(SCORES, doc="What a LogSoftmax gives.")
    probabilities = takes(SCORES, doc="The distribution that is wanted.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        if result.sizes != wanted.sizes:
            refuse_unpaired(result, wanted, "log_probabilities")
            raise Unfit(wanted, f"probabilities {result}", port="probabilities")

    def named(self) -> dict[str, Argument]:
        return {"reduction": self.reduction, **unless(False, log_target=self.log_target)}

    @classmethod
    def trials(cls) -> Trials:
        one, row = vector(5), sequence(6, 4)
        return ((one, one), {}), ((row, row), {"reduction": "sum"}), ((one, one), {"log_target": True})


@block("Loss and metric")
class GaussianKL(Criterion):
    """How far normal distributions are from the standard one: means (D,) and logarithms of variances (D,) → ().

    The second part of the loss of a variational autoencoder (Kingma and Welling 2014, appendix B): summed over what is
    encoded, the mean over the batch.
    """

    title = "KL to the standard normal"
    source = "https://arxiv.org/abs/1312.6114"
    formula = "L = Σ (μ² + σ² − 1 − ln σ²) / 2"
    keywords = "vae variational autoencoder kullback leibler divergence latent prior elbo gaussian"
    mean = takes(_TENSORS, doc="The mean of each number that is encoded.")
    log_variance = takes(_TENSORS, doc="The logarithm of its variance, ln σ².")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        if result.sizes != wanted.sizes:
            raise Unfit(wanted, f"a logarithm of a variance for each mean {result}", port="log_variance")

    def forward(self, at: At) -> str:
        (mean, spread), (have, _) = pair(at)
        terms = f"({mean}.square() + {spread}.exp() - 1 - {spread})"
        return f"0.5 * {terms}{'.flatten(1)' if have.rank > 1 else ''}.sum(dim=1).mean()"

    @classmethod
    def trials(cls) -> Trials:
        return ((vector(4), vector(4)), {}), ((image(2, 3, 3), image(2, 3, 3)), {})


@block("Loss and metric")
class CosineDistance(Criterion):
    """How far results point away from where they should, 0 to 2: prediction (F,) and target (F,) → ()."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html"
    formula = "L = mean (1 − y · t / (‖y‖ ‖t‖))"
    keywords = "angle similarity embedding direction"
    prediction = takes(SCORES)
    target = takes(SCORES, doc="What was wanted, of the same shape.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        if result.sizes != wanted.sizes:
            refuse_unpaired(result, wanted, "prediction")
            raise Unfit(wanted, f"a target {result}", port="target")

    def forward(self, at: At) -> str:
        told = ", ".join(as_floats(at))
        return f"1 - F.cosine_similarity({told}, dim={feature_axis(at.shape) + 1}).mean()"

    @classmethod
    def trials(cls) -> Trials:
        return ((vector(4), vector(4)), {}), ((image(2, 3, 3), image(2, 3, 3)), {})
