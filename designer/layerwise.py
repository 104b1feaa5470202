"""Layers of the network in sight that learn one by one before the whole does, as a command of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runtime.layerwise import layer_by_layer, why_not_layer_by_layer

if TYPE_CHECKING:
    from designer.window import MainWindow


def learn_by_layers(window: MainWindow) -> None:
    """Cuts the network in sight into its layers, and adds a phase for each of them."""
    network = window.stage.scene.place.network
    window.do(f"Pre-train {network} layer by layer", layer_by_layer(network))


def why_not_by_layers(window: MainWindow) -> str:
    """Why the network in sight cannot be trained so, or nothing."""
    if not window.at_work:
        return "No design is open."
    place = window.stage.scene.place
    if place.step or place.path or place.network not in window.document.design.networks:
        return "No network is in sight."
    return why_not_layer_by_layer(window.document.design, place.network)
