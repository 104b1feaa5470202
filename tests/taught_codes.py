"""Samples that learn codes: autoencoders, what they are good for, and depth learnt layer by layer."""

from __future__ import annotations

from dataclasses import replace

from blocks.block import Block
from blocks.linear import Linear
from blocks.reshape import Flatten, Reshape
from blocks.shape import vector
from blocks.units import LinearUnit
from blocks.zoo.autoencoder import VariationalAutoencoder
from blocks.zoo.drawing import COLUMN, Drawing
from runtime.beginning import begun
from runtime.data.curve import Curve
from runtime.data.digits import Digits
from runtime.design import Design, Phase
from runtime.optimizer import Adam
from runtime.recipes.autoencoder import Autoencoder, Denoising
from runtime.recipes.probe import FineTuning, Probe
from runtime.recipes.variational import Variational
from runtime.schedule import Cosine
from tests.taught import DIGIT, Taught, column, design

PICTURE = "picture", Reshape((1, 8, 8), "image")

# --- restoring ------------------------------------------------------------------------------


def autoencoder_digits() -> Design:
    encoder = column("image", DIGIT, "code", ("flatten", Flatten()), ("wide", LinearUnit(128)), ("narrow", Linear(8)))
    decoder = column(
        "code",
        vector(8),
        "restored",
        ("wide", LinearUnit(128)),
        ("pixels", Linear(64)),
        PICTURE,
    )
    phase = Phase(
        "restore",
        Autoencoder(network="Encoder", decoder="Decoder", epochs=60, optimizer=Adam(lr=0.003), schedule=Cosine()),
    )
    return design(
        "Autoencoder on handwritten digits",
        Digits(),
        (phase,),
        Encoder=(
            encoder,
            "# Autoencoder: a digit in 8 numbers\n\n"
            "No label is shown. *Encoder* squeezes 64 pixels to **8 numbers**, *Decoder* restores the picture, and the "
            "loss compares it with what went in.\n\n"
            "1. Press ▶: at the end it restores digits that it never saw better than the best **linear** code of 8 "
            "numbers can (principal components).\n"
            "2. Delete *wide* in both networks: now it is such a linear code.\n"
            "3. Set *narrow* to 2 outputs, and the input of *Decoder* too: how much of a digit is left?",
        ),
        Decoder=(
            decoder,
            "# The way back\n\nIt sees 8 numbers and nothing else. Both networks learn together, from one loss.",
        ),
    )


def variational_autoencoder() -> Design:
    drawn = begun(
        VariationalAutoencoder(64, (256,), 8, picture=True),
        "# Variational autoencoder: a code to draw from\n\n"
        "Kingma and Welling, 2014. A digit becomes not one code but a **normal distribution** of codes: *mean* and "
        "*log_variance*, 8 numbers each.\n\n"
        "1. *draw* takes a code from that distribution in training; afterwards it gives the mean.\n"
        "2. The loss has two parts. *reconstruction* wants codes that tell digits apart; *kl* wants all of them near "
        "to 0 with deviation 1. Watch *kl*: it rises first, for a code has to say something.\n"
        "3. From *decode1* on it is a generator: 8 normal numbers make a new digit.\n"
        "4. Set *beta* of the recipe to 0: the codes drift apart, and between them there is nothing. And to 10?",
    )
    recipe = Variational(epochs=60, optimizer=Adam(lr=0.003), schedule=Cosine())
    [(network, (note,))] = drawn.notes.items()
    above = {network: (replace(note, at=(COLUMN + 60, -40.0)),)}  # the outputs at the side
    return replace(drawn, data=Digits(), training=(Phase("restore", recipe),), notes=above)


def denoising_curve() -> Design:
    network = column(
        "point", vector(2), "pulled", ("hidden1", LinearUnit(64)), ("hidden2", LinearUnit(64)), ("back", Linear(2))
    )
    phase = Phase("denoise", Denoising(clean="clean", epochs=40, optimizer=Adam(lr=0.003), schedule=Cosine()))
    return design(
        "Denoising autoencoder on a circle",
        Curve(samples_=4000, noise=0.2),
        (phase,),
        Denoiser=(
            network,
            "# Denoising: back to where points belong\n\n"
            "Vincent and others, 2008. Points were scattered around a **circle**; the network sees *point* and is "
            "compared with *clean*, where it was before.\n\n"
            "1. Nobody tells it of circles. Where a point lay along the curve it cannot know, but how far off it is.\n"
            "2. Change the data to a *spiral* and train again: its turns are near to each other, and between them it "
            "is hard to say where a point belongs.\n"
            "3. The same with pictures: choose digits as data, and *masking* as noise of the recipe.",
        ),
    )


def stacked_digits() -> Design:
    widths = (64, 128, 64, 32)
    networks: dict[str, tuple[Drawing, str]] = {}
    phases: list[Phase] = []
    settings = {"optimizer": Adam(lr=0.003), "noise": "masking", "level": 0.3, "loss": "cross-entropy", "epochs": 30}
    for place in (1, 2, 3):
        encoder, decoder = _layer(place, widths[place - 1], widths[place])
        networks[f"Encoder{place}"], networks[f"Decoder{place}"] = encoder, decoder
        before = tuple(f"Encoder{i}" for i in range(1, place))
        recipe = Denoising(network=f"Encoder{place}", decoder=f"Decoder{place}", before=before, **settings)
        phases.append(Phase(f"layer {place}", recipe))
    told = "# The only layer that sees labels at first hand\n\nIn the last phase all encoders learn with it."
    networks["Classifier"] = column("code", vector(widths[-1]), "logits", ("classes", Linear(10))), told
    encoders = ("Encoder1", "Encoder2", "Encoder3")
    tuned = FineTuning(network="Classifier", encoders=encoders, epochs=30, optimizer=Adam(lr=0.003), schedule=Cosine())
    return design(
        "Stacked denoising autoencoder on digits", Digits(), (*phases, Phase("fine-tuning", tuned)), **networks
    )


def _layer(place: int, inputs: int, width: int) -> tuple[tuple[Drawing, str], tuple[Drawing, str]]:
    dense = ("layer", LinearUnit(width, activation="Sigmoid"))
    back = ("back", Linear(inputs))
    if place > 1:
        told = f"# Layer {place}\n\nIt restores corrupted codes of layer {place - 1}, which stays as it is meanwhile."
        return (column("below", vector(inputs), "code", dense), told), (_decoder(place, width, back), _BACK)
    first = column("image", DIGIT, "code", ("flatten", Flatten()), dense)
    picture = PICTURE
    return (first, _STACK), (_decoder(place, width, back, picture), _BACK)


def _decoder(place: int, width: int, *nodes: tuple[str, Block]) -> Drawing:
    return column("code", vector(width), "restored", *nodes)


_BACK = "# Only needed to learn\n\nAfter its phase nothing reads it any more: the encoder goes on without it."
_STACK = (
    "# A deep network learnt layer by layer\n\n"
    "Vincent and others, 2010. Three phases without labels, then one with them.\n\n"
    "1. *layer 1* restores pictures of which 30 of 100 pixels are lost; *layer 2* the codes of layer 1, and so on. "
    "A layer stays as it is while the next one learns.\n"
    "2. *fine-tuning* begins with exactly these weights and trains all of them, and *Classifier*, with the labels.\n"
    "3. Delete the first three phases and compare the first epochs."
)


def probe_digits() -> Design:
    encoder = column("image", DIGIT, "code", ("flatten", Flatten()), ("layer", LinearUnit(64, activation="Sigmoid")))
    decoder = column("code", vector(64), "restored", ("pixels", Linear(64)), PICTURE)
    head = column("code", vector(64), "logits", ("classes", Linear(10)))
    restore = Denoising(
        network="Encoder", decoder="Decoder", noise="masking", loss="cross-entropy", epochs=30, optimizer=Adam(lr=0.003)
    )
    probe = Probe(network="Probe", encoders=("Encoder",), epochs=30, optimizer=Adam(lr=0.01), schedule=Cosine())
    return design(
        "How good are features?",
        Digits(),
        (Phase("restore", restore), Phase("probe", probe)),
        Encoder=(
            encoder,
            "# How good are features that nobody asked for?\n\n"
            "First *Encoder* learns to restore digits, without a label. Then **it stays as it is**, and one linear "
            "layer, *Probe*, learns to name the digit from its 64 numbers: how well, says how useful they are.\n\n"
            "1. Compare with a probe of an encoder that learned nothing: delete the phase *restore*.\n"
            "2. Change the recipe of *probe* to *finetuning*: the encoder learns too.",
        ),
        Decoder=(decoder, "# Only needed to learn\n\nIt asks the code for everything that the picture needs."),
        Probe=(head, "# The probe\n\nOne layer, so that it is the features which have to be good."),
    )


TAUGHT = (
    Taught(autoencoder_digits, "loss", 0.0238, at_most=True),  # of 8 principal components
    Taught(variational_autoencoder, "loss", 23.0, at_most=True),
    Taught(denoising_curve, "loss", 0.03, at_most=True),
    Taught(stacked_digits, "accuracy", 0.95),
    Taught(probe_digits, "accuracy", 0.93),
)
