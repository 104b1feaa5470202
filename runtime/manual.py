"""The reference manual: a page for every block, made from its definition, the checker and the printer alone."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlparse

from blocks.block import Block, Port
from blocks.catalogue import CATALOGUE
from blocks.example import Example, example_of
from blocks.related import Related, related
from blocks.setting import Setting
from blocks.shape import ANY, FLOATS, dotted
from runtime.page import Place
from runtime.source import print_networks

EXAMPLE = "Example"  # the class that the worked example is printed as
_TORCH = "https://docs.pytorch.org/docs/stable/generated/"
_CITED = re.compile(r"\(([A-Z][^()]*?\b\d{4}[a-z]?(?:, [^()]*)?)\)")
_CALLED = re.compile(r"\b(self\.\w+|[A-Za-z_]\w*)\.([A-Za-z_][\w.]*)\(")
_ROOMS = {"nn": "torch.nn", "F": "torch.nn.functional", "torch": "torch"}
_HANDBOOKS = {"keras.io", "www.tensorflow.org", "github.com"}
_FRAME = {"nn.Module", "nn.ModuleList", "nn.Sequential"}  # of the text around a block, not of the block


@dataclass(frozen=True)
class Reference:
    """Where to read more: `sort` is "paper", "torch" or "page"."""

    sort: str
    title: str
    url: str


@dataclass(frozen=True, eq=False)
class ManualPage:
    """Everything that is said about one kind of block."""

    kind: type[Block]

    @property
    def name(self) -> str:
        """What files and commands call it."""
        return self.kind.kind()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The docstring, paragraph by paragraph, without its line breaks."""
        text = inspect.cleandoc(self.kind.__doc__ or "")
        return tuple(part.replace("\n", " ") for part in text.split("\n\n") if part)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What a person sets, in order."""
        return tuple(self.kind.settings.values())

    @property
    def references(self) -> tuple[Reference, ...]:
        """The paper or page that the definition names, then torch's pages on what the printed code calls."""
        own = [_source(self.kind)] if self.kind.source else []
        torch = [Reference("torch", name, f"{_TORCH}{name}.html") for name in torch_names(self.kind)]
        # A page on a whole chapter of torch says less than those on the very calls.
        own = [each for each in own if each.sort != "torch" or not torch]
        return (*own, *torch)

    @property
    def related(self) -> Related:
        """Blocks to read of next."""
        return related(self.kind, CATALOGUE)

    @property
    def example(self) -> Example | None:
        """A worked example; None where a block says nothing without a design around it."""
        return example_of(self.kind)

    @cached_property
    def code(self) -> str:
        """The worked example as the printer writes it, without what every text begins and ends with."""
        return code_of(self.example) if self.example else ""


def pages() -> list[ManualPage]:
    """A page for every block, by the heading of the palette, in the order in which headings first appear."""
    headings = list(dict.fromkeys(kind.category for kind in CATALOGUE))
    return [ManualPage(kind) for kind in sorted(CATALOGUE, key=lambda kind: headings.index(kind.category))]


def found(text: str, among: Iterable[ManualPage]) -> list[ManualPage]:
    """The pages that hold every word of a search, those first that are called so, then those that can be called so."""
    words = text.lower().split()
    hits = [(max(_rank(word, page) for word in words), page) for page in among] if words else []
    return [page for rank, page in sorted(hits, key=lambda hit: hit[0]) if rank < _NOWHERE]


_NOWHERE = 9


def _rank(word: str, page: ManualPage) -> int:
    kind = page.kind
    names = (kind.kind().lower(), kind.label().lower())
    places = (
        word in names,
        any(name.startswith(word) for name in names),
        word in kind.keywords.lower().split(),
        any(word in name for name in names),
        any(each.startswith(word) for each in kind.keywords.lower().split()),
        word in kind.category.lower(),
        word in " ".join(kind.settings),
        word in f"{kind.__doc__} {kind.formula}".lower(),
    )
    return next((rank for rank, holds in enumerate(places) if holds), _NOWHERE)


# --- references ---------------------------------------------------------------------------


def _source(kind: type[Block]) -> Reference:
    """What the definition names, called as its docstring cites it."""
    address = urlparse(kind.source)
    if address.netloc.endswith("pytorch.org"):
        chapter, name = address.fragment.replace("-", " "), address.path.rpartition("/")[2].removesuffix(".html")
        return Reference("torch", chapter or name, kind.source)
    cited = _CITED.search(kind.__doc__ or "")
    if not address.scheme:
        return Reference("page", kind.source, "")
    sort = "page" if address.netloc in _HANDBOOKS else "paper"
    return Reference(sort, cited[1] if cited else cited_as(kind.source), kind.source)


def cited_as(url: str) -> str:
    """How people call an address: `arXiv 1512.03385`, `doi 10.1007/…`, else its host."""
    address = urlparse(url)
    if address.netloc == "arxiv.org":
        return f"arXiv {address.path.rpartition('/')[2]}"
    return f"doi {address.path[1:]}" if address.netloc == "doi.org" else address.netloc.removeprefix("www.")


def torch_names(kind: type[Block]) -> tuple[str, ...]:
    """What of torch the printed code of a block calls, as `torch.nn.Conv2d`; none where it is made of other blocks."""
    example = example_of(kind)
    if example is None or kind.composite:
        return ()
    source = print_networks(EXAMPLE, {EXAMPLE: example.graph})
    numbers = source.by_place.get(Place(EXAMPLE, example.node), ())
    lines = source.text.split("\n")
    own = "\n".join(lines[number - 1] for number in numbers)
    return tuple(dict.fromkeys(name for name in _called(own) if name))


def _called(text: str) -> Iterator[str]:
    for owner, name in _CALLED.findall(text):
        name = name.partition(".")[0] if owner == "nn" else name
        if owner in _ROOMS and f"{owner}.{name}" not in _FRAME:
            yield f"{_ROOMS[owner]}.{name}"
        elif owner not in _ROOMS and not owner.startswith("self") and "." not in name:
            yield f"torch.Tensor.{name}"


# --- the worked example -------------------------------------------------------------------


def code_of(example: Example) -> str:
    """The printed class of an example with its imports, and with what torch lacks, which it carries along."""
    text = print_networks(EXAMPLE, {EXAMPLE: example.graph}).text
    begin = min((at for at in (text.find("\nimport "), text.find("\nfrom torch")) if at >= 0), default=0)
    return text[begin:].partition('\n\nif __name__ == "__main__":')[0].strip() + "\n"


def settings_told(example: Example) -> str:
    """The block of the example as it is written: with the settings that differ from their defaults."""
    return repr(example.block)


def holds(port: Port) -> str:
    """What flows through a port, in words."""
    if port.meanings == ANY:
        return "anything"
    if port.meanings == FLOATS:
        return "numbers of any shape"
    return " or ".join(meaning.value for meaning in port.meanings)


def flows(example: Example) -> tuple[str, str]:
    """The shapes that arrive and those that leave: `64 × 28 × 28`."""
    arriving = ", ".join(dotted(shape.sizes) for shape in example.inputs)
    leaving = ", ".join(dotted(shape.sizes) for shape in example.row.outputs if shape is not None)
    return arriving, leaving
