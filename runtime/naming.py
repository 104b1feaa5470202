"""The one maker of identifiers: whatever a node, network or port is called, the code gets a legal, free name."""

from __future__ import annotations

import builtins
import functools
import keyword
import re

# What nn.Module already has: an attribute of that name would break it.
MODULE_NAMES = frozenset(
    "T add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval "
    "extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict "
    "modules mtia named_buffers named_children named_modules named_parameters parameters register_backward_hook "
    "register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook register_module "
    "register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook "
    "register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ "
    "set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad self".split()
)
CODE_NAMES = frozenset("F Tensor annotations checkpoint CountedOnce math nn torch self super".split())
# What train.py names itself, beside which the classes of the networks are imported; a test holds this to the script.
SCRIPT_NAMES = frozenset(
    "ALONE Any Batch Callable EPOCHS Iterator Networks NormOfAll Optimizers PHASES Path Phase Replica SEED SHUFFLED "
    "SumOfAll VALIDATION Values".split()
)
TAKEN = frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | frozenset(dir(builtins))


def attribute(node: str) -> str:
    """The attribute of a module under which a node stands, and its prefix in the state dict."""
    name = _legal(node)
    return f"{name}_" if name in MODULE_NAMES or keyword.iskeyword(name) or name.startswith("__") else name


def variable(node: str) -> str:
    """The local variable that holds a node's result."""
    name = _legal(node)
    return f"{name}_" if name in TAKEN or name in CODE_NAMES else name


def class_name(network: str) -> str:
    """The class of a network: its name in capitals where words begin."""
    words = re.split(r"[^A-Za-z0-9]+", network)
    name = "".join(word[:1].upper() + word[1:] for word in words if word) or "Network"
    name = f"Network{name}" if name[0].isdigit() else name
    return f"{name}Network" if name in TAKEN | CODE_NAMES | SCRIPT_NAMES else name


def snake_case(name: str) -> str:
    """The name of a class as that of a variable: OldHead is old_head, and what ends in Net stays one word."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])(?!Net)", "_", name).lower()


def free(taken: set[str], wanted: str) -> str:
    """`wanted`, or the first of wanted2, wanted3, … that is not taken; it is taken from then on. Of v2 it is v2_2."""
    name, number, between = wanted, 2, "_" if wanted[-1:].isdigit() else ""
    while name in taken:
        name, number = f"{wanted}{between}{number}", number + 1
    taken.add(name)
    return name


@functools.lru_cache(4096)
def _legal(name: str) -> str:
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return cleaned if re.match(r"[A-Za-z_]", cleaned) else f"n_{cleaned}"
