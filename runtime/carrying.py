"""Brings along the code that every `train.py` shares, and of it only what a design asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

from runtime.plan import Stretch

_FILES = ("loop.py", "groups.py", "norms.py", "phases.py", "precision.py", "averaging.py")
_PART = re.compile(r"^# --- (?P<name>[a-z ]+) ---$.*?(?=^# --- |\Z)", re.M | re.S)
_OPTIONAL = re.compile(r"^ *# <(?P<feature>[a-z ]+)>\n(?P<lines>.*?)^ *# </(?P=feature)>\n", re.M | re.S)


def carried(part: str, features: Iterable[str] = ()) -> str:
    """A part from its mark up to the next, in which lines for features that are not asked for are left out."""
    wanted = frozenset(features)
    text = _OPTIONAL.sub(lambda found: found["lines"] if found["feature"] in wanted else "", _parts()[part])
    return text.strip("\n")


def definitions(part: str) -> str:
    """The functions and classes of a part, without its mark."""
    return carried(part).partition("\n\n\n")[2]


@cache
def _parts() -> dict[str, str]:
    folder = resources.files("runtime").joinpath("carried")
    texts = (folder.joinpath(name).read_text(encoding="utf-8") for name in _FILES)
    return {found["name"]: found[0] for text in texts for found in _PART.finditer(text)}


def features_of(stretches: Iterable[Stretch]) -> set[str]:
    """What the phases of a training ask for beyond what every training has."""
    found, names = set[str](), set[str]()
    for stretch in stretches:
        terms = stretch.terms
        asked = {
            "parts": any("." in place for place in stretch.learning),
            "frozen": bool(stretch.frozen),
            "unscaling": terms.precision == "16-mixed" and any(each.gradient_clip_val for each in stretch.objectives),
            "weights": bool(terms.weights),
            "files": bool(terms.weights) and terms.weights not in names,
            "best weights": terms.restore_best_weights,
            "threshold": terms.stopping_threshold is not None,
            "half precision": terms.precision != "32-true",
            "scaler": terms.precision == "16-mixed",
            "deterministic": terms.deterministic,
            "moving averages": terms.averaging == "ema",
            "late averages": terms.averaging == "swa",
            "gathered averages": terms.averaging == "ema" and stretch.objectives[0].accumulate > 1,
            "memories": terms.averaging != "none" and _remembers(stretch),
        }
        found |= {name for name, wanted in asked.items() if wanted}
        names.add(stretch.name)
    found |= {"held weights"} if found & {"weights", "best weights"} else set()
    return found | ({"averages"} if found & {"moving averages", "late averages"} else set())


def _remembers(stretch: Stretch) -> bool:
    """Whether a network keeps something from batch to batch."""
    blocks = (node.block for graph in stretch.checked.networks.values() for node in graph.nodes.values())
    return any("stateful" in block.settings and block.value("stateful") for block in blocks)


def helpers_in_steps(features: Iterable[str]) -> tuple[str, ...]:
    """The parts whose functions the steps call for these features."""
    wanted = set(features)
    return tuple(part for part in ("half precision", "scaler", "unscaling") if part in wanted)


def helpers_for(features: Iterable[str]) -> tuple[str, ...]:
    """The parts whose functions the loop calls for these features."""
    wanted = set(features)
    told = {
        "places": bool(wanted & {"parts", "frozen", "averages"}),
        "held weights": "held weights" in wanted,
        "first weights": "weights" in wanted,
        "weights of files": "files" in wanted,
        "batch normalization": "norms" in wanted,
        "deterministic": "deterministic" in wanted,
        "averages": "averages" in wanted,
        "moving averages": "moving averages" in wanted,
        "late averages": "late averages" in wanted,
    }
    return tuple(part for part, asked in told.items() if asked)
