"""The colours for paper: a white ground, and strokes dark enough to be told apart in grey."""

from __future__ import annotations

from dataclasses import replace

from designer.theme import LIGHT

PRINT = replace(
    LIGHT,
    name="print",
    canvas="#ffffff",
    grid="#ffffff",
    panel="#ffffff",
    inset="#ffffff",
    card="#ffffff",
    accent_tint="#eceff3",
    line="#667085",
    card_border="#344054",
    text="#000000",
    muted="#2b323f",
    hint="#2b323f",
    faint="#475467",
    accent_text="#123a86",
    accent="#123a86",
    error="#b42318",
    convolution="#1d4fb8",
    pooling="#0a6a5f",
    normalization="#4a2fc0",
    activation="#a34800",
    linear="#22567a",
    recurrent="#05502c",
    attention="#7a1289",
    composite="#23268f",
    join="#475467",
    regularization="#774506",
    ends="#2b323f",
    loss="#8f0f55",
    image="#1d4fb8",
    sequence="#00694c",
    signal="#9c3d05",
    vector="#1f302f",
    tokens="#6a3a99",
    scalar="#4c5873",
    volume="#002364",
    boxes="#8f0062",
    unknown="#667085",
)
