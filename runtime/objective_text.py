"""Prints what an objective asks for: its optimizer with the parameters in groups, its rate, and its way downhill."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from blocks.call import Call, literal, quoted
from runtime.factors import places
from runtime.naming import variable
from runtime.page import Page, wrapped, wrapped_statement
from runtime.places import in_code
from runtime.plan import Stretch
from runtime.recipe import Objective

_COUNTS = {"epoch": "step // steps_per_epoch", "progress": "step / (epochs * steps_per_epoch)"}


class ObjectiveText:
    """The lines of one objective of a phase; `prefix` begins its constants where the script has several phases."""

    def __init__(self, stretch: Stretch, objective: Objective, classes: Mapping[str, str], prefix: str) -> None:
        self.objective, self._classes, self._graphs = objective, classes, stretch.checked.networks
        self._places, self._alone = stretch.follows(objective), len(stretch.objectives) == 1
        self._first = objective is stretch.objectives[0]
        self._scaled = stretch.terms.precision == "16-mixed"
        self._prefix = prefix if self._alone else f"{prefix}{objective.minimize.upper()}_"

    def constants(self) -> Iterator[str]:
        """The lines at the top that a person may want to change."""
        yield f"{self._prefix}LEARNING_RATE = {literal(self.objective.optimizer.lr)}"
        if self.objective.gradient_clip_val:
            yield f"{self._prefix}GRADIENT_CLIP_VAL = {literal(self.objective.gradient_clip_val)}"
        if self.objective.accumulate > 1:
            yield f"{self._prefix}ACCUMULATE = {self.objective.accumulate}"

    # --- the optimizer --------------------------------------------------------------------

    def optimizer(self) -> str:
        """The call that makes the optimizer."""
        made = self.objective.optimizer.call()
        rest = Call("", (), {k: v for k, v in made.keywords.items() if k != "lr"}).told()
        rest += ["spare=True"] * (self.objective.optimizer.spares and self.objective.optimizer.takes_networks)
        call = f"{made.name}({', '.join([self._groups(), f'lr={self._prefix}LEARNING_RATE', *rest])})"
        return f"Scaled({call})" if self._scaled else call

    def _groups(self) -> str:
        """What the optimizer gets: the parameters, those that decay and those that do not, or groups by their rate."""
        optimizer, networks = self.objective.optimizer, self._networks()
        if optimizer.takes_networks:
            return f"[{', '.join(networks.values())}]"
        if self.objective.rates:
            spare = ", spare=True" * optimizer.spares
            each = [f"at_rates({n}, {self._factors(name)}{spare})" for name, n in networks.items()]
            return each[0] if len(each) == 1 else "[" + ", ".join(f"*{one}" for one in each) + "]"
        return f"decaying({', '.join(networks.values())})" if optimizer.spares else self._parameters()

    def _factors(self, network: str) -> str:
        told = places(self.objective.rates, self._graphs[network])
        return "{" + ", ".join(f"{quoted(place)}: {literal(factor)}" for place, factor in told.items()) + "}"

    def _networks(self) -> dict[str, str]:
        """What learns, by its place, as code: networks, or modules in them."""
        return {place: self._module(in_code(place, self._classes)) for place in self._places}

    @staticmethod
    def _module(place: str) -> str:
        return f"module_at(networks, {quoted(place)})" if "." in place else f"networks[{quoted(place)}]"

    def _parameters(self) -> str:
        each = [f"{network}.parameters()" for network in self._networks().values()]
        return each[0] if len(each) == 1 else "[" + ", ".join(f"*{one}" for one in each) + "]"

    # --- the rate -------------------------------------------------------------------------

    def rate(self, page: Page) -> str:
        """The learning rate times its share and its warmth, each on lines before where there is one."""
        factors, schedule = [f"{self._prefix}LEARNING_RATE"], self.objective.schedule
        before = "" if self._alone else f"{variable(self.objective.minimize)}_"
        share, warmth = schedule.statements(name=f"{before}share"), schedule.warmth()
        if share != [f"{before}share = 1.0"]:
            factors.append(f"{before}share")
            for line in share:
                inner = line.lstrip()
                page.add(wrapped_statement("    " + line[: len(line) - len(inner)], inner))
        if warmth:
            factors.append(f"{before}warmth")
            page.add(wrapped_statement("    ", f"{before}warmth = {warmth}"))
        return " * ".join(factors)

    def counts(self) -> set[str]:
        """The counts that its formulas read and the script must make."""
        told = "\n".join([*self.objective.schedule.statements(), self.objective.schedule.warmth()])
        return {name for name in _COUNTS if re.search(rf"\b{name}\b", told)}

    # --- the step -------------------------------------------------------------------------

    def descend(self, page: Page) -> None:
        """The lines that lower the loss: every step, every n-th, or once several batches have given their gradients."""
        objective, loss = self.objective, quoted(self.objective.minimize)
        if objective.accumulate > 1:
            self._accumulate(page, f"{self._prefix}ACCUMULATE", loss)
            return
        pad = "    "
        if objective.every > 1:
            page.add(f"    if step % {objective.every} == 0:")
            pad += "    "
        page.add(f"{pad}optimizers[{loss}].zero_grad()")
        page.add(f"{pad}{self._scaled_up(f'values[{loss}]')}.backward()")
        self._follow(page, pad, told=self._first and pad == "    ")

    def search(self, page: Page, function: str) -> None:
        """The lines of an optimizer that takes the loss as often as it needs; told is what it was before the step."""
        loss = quoted(self.objective.minimize)
        page.add("    seen: list[Values] = []\n")
        page.add("    def closure() -> float:")
        page.add('        """The loss with its gradients, for weights that are tried."""')
        page.add(f"        seen.append({function}(networks, batch))")
        page.add(f"        optimizers[{loss}].zero_grad()")
        page.add(f"        seen[-1][{loss}].backward()")
        page.add(f"        return seen[-1][{loss}].item()\n")
        page.add(f"    optimizers[{loss}].step(closure)")
        page.add("    values = seen[0]")

    def _accumulate(self, page: Page, batches: str, loss: str) -> None:
        """The gradients of so many batches add up to their mean before they are followed."""
        page.add(f"    if step % {batches} == 0:")
        page.add(f"        optimizers[{loss}].zero_grad()")
        share = f"values[{loss}] / {batches}"
        page.add(f"    {self._scaled_up(share) if self._scaled else f'({share})'}.backward()")
        page.add(f"    if (step + 1) % {batches} == 0:")
        self._follow(page, " " * 8, told=False)

    def _scaled_up(self, loss: str) -> str:
        """What gradients are taken of: the loss, in 16 bits times the scale of its optimizer."""
        return f"scaled({loss}, optimizers[{quoted(self.objective.minimize)}])" if self._scaled else loss

    def _follow(self, page: Page, pad: str, told: bool) -> None:
        """Clips the gradients where that is wanted, and makes the step."""
        if self.objective.gradient_clip_val:
            if self._scaled:
                page.add(f"{pad}unscale(optimizers[{quoted(self.objective.minimize)}])")
            by_norm = self.objective.clip_by == "norm"
            kept = 'values["gradient_norm"] = ' * (told and by_norm)
            call = [self._parameters(), f"{self._prefix}GRADIENT_CLIP_VAL"]
            page.add(wrapped(f"{pad}{kept}nn.utils.clip_grad_{'norm' if by_norm else 'value'}_(", call, ")"))
        page.add(f"{pad}optimizers[{quoted(self.objective.minimize)}].step()")


def print_optimizers(page: Page, told: list[ObjectiveText]) -> None:
    """The body of the function that makes the optimizers of a phase."""
    made = [(each.objective.minimize, each.optimizer()) for each in told]
    if len(made) == 1 and len(f"    return {{{quoted(made[0][0])}: {made[0][1]}}}") > 100:
        page.add(wrapped_statement("    ", f"optimizer = {made[0][1]}"))
        made = [(made[0][0], "optimizer")]
    page.add(wrapped("    return {", [f"{quoted(name)}: {call}" for name, call in made], "}"))


def print_rates(page: Page, told: list[ObjectiveText]) -> None:
    """The body of the function that gives the learning rates of a step."""
    wanted = set[str]().union(*(each.counts() for each in told))
    for name in _COUNTS:
        if name in wanted:
            page.add(f"    {name} = {_COUNTS[name]}")
    rates = [f"{quoted(each.objective.minimize)}: {each.rate(page)}" for each in told]
    page.add(wrapped("    return {", rates, "}"))


def helpers(objective: Objective) -> tuple[str, ...]:
    """The parts of the carried code that an objective's optimizer needs: marks in `carried`."""
    optimizer = objective.optimizer
    if optimizer.carried:
        return optimizer.carried
    if objective.rates:
        return ("rates",)
    return ("weight decay",) if optimizer.spares else ()
