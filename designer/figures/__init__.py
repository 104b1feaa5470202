"""Pictures of a network for papers, slides and lessons: as cards, or the way papers draw feature maps.

picture = figure(subject, Choice(style="stack", colors="print"))
save(picture, Path("net.svg"), Choice().scale)             # .svg, .pdf or .png
"""

from __future__ import annotations

from designer.figures.choice import COLORS, STYLES, CannotPicture, Choice, Subject, subject_of
from designer.figures.draw import figure
from designer.figures.output import KINDS, image, save, sharpest

__all__ = [
    "COLORS",
    "KINDS",
    "STYLES",
    "CannotPicture",
    "Choice",
    "Subject",
    "figure",
    "image",
    "save",
    "sharpest",
    "subject_of",
]
