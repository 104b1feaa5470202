"""Follows PyTorch code statement by statement without running it: layers become nodes, calls of them become wires."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from runtime.code_drawing import Drawing
from runtime.code_tensors import operate, picked
from runtime.code_values import (
    Bag,
    Chain,
    Instance,
    Leaf,
    Method,
    Named,
    Shape,
    Tensor,
    TooLong,
    Unknown,
    chain_of,
    class_of,
    give_name,
    is_module,
)
from runtime.code_words import BUILT_IN, arithmetic, compared, flat, indexed, iterated

_MOST_STEPS, _DEEPEST = 200_000, 60
_SAME = {"to", "cuda", "cpu", "eval", "train", "requires_grad_", "half", "float", "double", "apply", "compile"}
_NORMS = {"weight_norm", "spectral_norm"}  # of a layer that they are given
_BOXES = {"ModuleList", "ParameterList", "ModuleDict"}
Env = dict[str, object]


class _Nothing:
    """What a body that does not return gives."""


_NOTHING = _Nothing()


class Walk(Drawing):
    """Reads a module of code; afterwards `nodes`, `wires` and `remarks` hold what it found."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__()
        self.classes: dict[str, ast.ClassDef] = {}
        self.results: list[object] = []  # of lines outside of any class
        self._tree = tree
        self._globals: Env = {}
        self._made: list[object] = []
        self._used: set[int] = set()
        self._steps = self._depth = 0

    # What is found at the outermost level

    def run(self) -> None:
        """Follows the text from its first to its last line."""
        loose = [s for s in self._tree.body if isinstance(s, ast.FunctionDef) and s.name in ("__init__", "forward")]
        if loose:  # the methods of a class, copied without its head
            self.classes["Network"] = class_of("Network", list(loose))
        for statement in self._tree.body:
            if isinstance(statement, ast.ClassDef):
                self.classes[statement.name] = statement
                self._globals[statement.name] = statement
            elif statement not in loose and not isinstance(statement, ast.If):
                self._statement(statement, self._globals)
        self.results = [self._globals[name] for name in self._last_results()]

    def _last_results(self) -> list[str]:
        read = {w.source for w in self.wires}
        ends = [n for n, v in self._globals.items() if isinstance(v, Tensor) and v.node and v.node not in read]
        return ends[-1:]

    def loose(self) -> Iterator[object]:
        """The modules that were made and not put into others, in order."""
        yield from (m for m in self._made if id(m) not in self._used)

    def is_network(self, name: str) -> bool:
        """Whether a class of the text can be called with a result."""
        return self._method(self.classes[name], "forward") is not None or self._is_chain(self.classes[name])

    def _is_chain(self, kind: ast.ClassDef) -> bool:
        return any(ast.unparse(base).endswith("Sequential") for base in kind.bases)

    # Statements

    def _body(self, statements: Sequence[ast.stmt], env: Env) -> object:
        for statement in statements:
            result = self._statement(statement, env)
            if result is not _NOTHING:
                return result
        return _NOTHING

    def _statement(self, statement: ast.stmt, env: Env) -> object:
        match statement:
            case ast.Return(value=value):
                return None if value is None else self.evaluate(value, env)
            case ast.Assign(targets=targets, value=value):
                made = self.evaluate(value, env)
                for target in targets:
                    self._bind(target, made, env, naming=True)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._bind(target, self.evaluate(value, env), env)
            case ast.AugAssign(target=target, op=op, value=value):
                whole = ast.copy_location(ast.BinOp(target, op, value), statement)
                self._bind(target, self._binary(whole, env), env)
            case ast.Expr(value=value):
                self.evaluate(value, env)
            case ast.If(test=test, body=body, orelse=other):
                return self._if(test, body, other, env)
            case ast.For(target=target, iter=over, body=body):
                return self._for(target, self.evaluate(over, env), body, env)
            case ast.With(body=body):
                return self._body(body, env)
            case ast.FunctionDef(name=name):
                env[name] = statement
            case ast.While() | ast.Try() | ast.Match():
                self.remark(ast.Name(ast.unparse(statement).split("\n")[0], lineno=statement.lineno), "is left out")
            case _:
                pass  # imports, docstrings, assertions
        return _NOTHING

    def _if(self, test: ast.expr, body: list[ast.stmt], other: list[ast.stmt], env: Env) -> object:
        known = self.evaluate(test, env)
        if isinstance(known, Unknown | Shape | Tensor | Named | Method):
            self.remark(test, "is not known before the network runs; what follows if it holds was taken")
            known = True
        return self._body(body if known else other, env)

    def _for(self, target: ast.expr, over: object, body: list[ast.stmt], env: Env) -> object:
        for item in iterated(over):
            self._bind(target, item, env)
            result = self._body(body, env)
            if result is not _NOTHING:
                return result
        return _NOTHING

    def _bind(self, target: ast.expr, value: object, env: Env, naming: bool = False) -> None:
        match target:
            case ast.Name(id=name):
                if naming and not isinstance(value, Instance):
                    give_name(value, name)
                env[name] = value
            case ast.Attribute(value=owner, attr=name):
                self._attach(self.evaluate(owner, env), name, value, env)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                values = value if isinstance(value, list | tuple) else [value] * len(parts)
                for part, one in zip(parts, values, strict=False):
                    self._bind(part, one, env, naming)
            case ast.Subscript(value=owner, slice=key):
                box, at = self.evaluate(owner, env), self.evaluate(key, env)
                if isinstance(box, Bag) and isinstance(at, str):
                    box.names.append(at)
                    box.items.append(value)

    def _attach(self, owner: object, name: str, value: object, env: Env) -> None:
        if isinstance(owner, Named) and owner.words == "self":
            owner = env.setdefault("self", Instance(class_of("", [])))
        if isinstance(owner, Instance):
            give_name(value, name)
            owner.attributes[name] = value
            if env is not self._globals:
                self._use([value])

    # Expressions

    def evaluate(self, node: ast.expr, env: Env) -> object:
        """What an expression stands for."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TooLong
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return env.get(name, self._globals.get(name, Named(name)))
            case ast.Tuple(elts=parts):
                return tuple(self._all(parts, env))
            case ast.List(elts=parts):
                return self._all(parts, env)
            case ast.Dict(keys=keys, values=values):
                named = [str(self.evaluate(k, env)) if k else "" for k in keys]
                return Bag([self.evaluate(v, env) for v in values], named)
            case ast.Attribute(value=owner, attr=name):
                return self._attribute(self.evaluate(owner, env), name)
            case ast.Call():
                return self._call(node, env)
            case ast.BinOp():
                return self._binary(node, env)
            case ast.Subscript(value=value, slice=key):
                return self._subscript(node, self.evaluate(value, env), key, env)
            case ast.ListComp() | ast.GeneratorExp():
                return self._listed(node, env)
            case ast.IfExp(test=test, body=body, orelse=other):
                known = self.evaluate(test, env)
                return self.evaluate(other if not known else body, env)
            case ast.UnaryOp() | ast.Compare() | ast.BoolOp():
                return compared(node, lambda part: self.evaluate(part, env))
        return Unknown()

    def _all(self, parts: Sequence[ast.expr], env: Env) -> list[object]:
        values: list[object] = []
        for part in parts:
            if isinstance(part, ast.Starred):
                values += iterated(self.evaluate(part.value, env))
            else:
                values.append(self.evaluate(part, env))
        return values

    def _attribute(self, owner: object, name: str) -> object:
        match owner:
            case Named(words=words):
                return Named(f"{words}.{name}")
            case Tensor() if name in ("shape", "T"):
                return Shape() if name == "shape" else owner
            case Instance(attributes=held) if name in held:
                return held[name]
            case ast.ClassDef() if (constant := self._class_constant(owner, name)) is not None:
                return constant
            case Instance(kind=kind) if (constant := self._class_constant(kind, name)) is not None:
                return constant
            case Method(name="super()"):
                return Method(owner.owner, f"super().{name}")
            case _:
                return Method(owner, name)

    def _class_constant(self, kind: ast.ClassDef, name: str) -> object:
        for each in kind.body:
            if isinstance(each, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in each.targets):
                return self.evaluate(each.value, {})
        return None

    def _binary(self, node: ast.BinOp, env: Env) -> object:
        left, right = self.evaluate(node.left, env), self.evaluate(node.right, env)
        if isinstance(left, Tensor) and isinstance(right, Tensor):
            kind = {ast.Add: "Add", ast.Sub: "Subtract", ast.Mult: "Multiply"}.get(type(node.op))
            if kind:
                return self.put(node, kind, [left, right])
        if isinstance(left, Tensor) or isinstance(right, Tensor):
            self.remark(node, "is no block here and was left out")
            return left if isinstance(left, Tensor) else right
        return arithmetic(node.op, left, right)

    def _subscript(self, node: ast.Subscript, value: object, key: ast.expr, env: Env) -> object:
        if isinstance(value, Tensor):
            return picked(self, node, value, ast.unparse(key).replace(" ", "").strip("()"))
        return indexed(value, key, lambda part: self.evaluate(part, env))

    def _listed(self, node: ast.ListComp | ast.GeneratorExp, env: Env) -> list[object]:
        inner, made = dict(env), list[object]()
        first = node.generators[0]
        if len(node.generators) > 1:
            self.remark(node, "has more than one loop and was left out")
            return []
        for item in iterated(self.evaluate(first.iter, env)):
            self._bind(first.target, item, inner)
            if all(self.evaluate(test, inner) for test in first.ifs):
                made.append(self.evaluate(node.elt, inner))
        return made

    # Calls

    def _call(self, node: ast.Call, env: Env) -> object:
        called = self.evaluate(node.func, env)
        given = self._all(node.args, env)
        named = {k.arg: self.evaluate(k.value, env) for k in node.keywords if k.arg}
        match called:
            case Named(words="super"):
                return Method(env.get("self"), "super()")
            case Named():
                return self._named(node, called, given, named)
            case Method():
                return self._method_call(node, called, given, named)
            case ast.ClassDef():
                return self._instance_of(node, called, given, named)
            case ast.FunctionDef():
                return self._function(called, given, named)
            case Unknown():
                return next(flat([*given, *named.values()]), called)
        return self.through(called, *given, node=node, env=env, **named)

    def _named(self, node: ast.Call, called: Named, given: list[object], named: dict[str, object]) -> object:
        last = called.last
        if last in BUILT_IN:
            return BUILT_IN[last](*given) if not named else Unknown()
        if last == "Sequential":
            self._use(given)
            return self._new(chain_of(given))
        if last in _BOXES:
            self._use(given)
            held = given[0] if given else []
            return held if isinstance(held, Bag) else Bag(list(iterated(held)))
        if last in _NORMS:
            return self.normed(node, last, *given[:1])
        if last == "checkpoint" and given and is_module(given[0]):
            return self.through(*given, node=node)
        if last[:1].isupper():
            return self._layer(node, last, given, named)
        return operate(self, node, last, given, named)

    def _layer(self, node: ast.Call, name: str, given: list[object], named: dict[str, object]) -> object:
        made = self.leaf(node, name, given, named)
        return Unknown() if made is None else self._new(made)

    def _method_call(self, node: ast.Call, called: Method, given: list[object], named: dict[str, object]) -> object:
        owner, name = called.owner, called.name
        if isinstance(owner, Tensor):
            return operate(self, node, name, [owner, *given], named)
        if isinstance(owner, Instance):
            return self._own_method(node, owner, name, given, named)
        if isinstance(owner, list | Bag | Chain) and name in ("append", "extend", "add_module", "insert"):
            if not isinstance(owner, list):
                self._use(given)
            items = owner if isinstance(owner, list) else owner.items
            items += iterated(given[-1]) if name == "extend" else given[-1:]
            return owner
        if isinstance(owner, Bag) and name in ("values", "items"):
            return owner.items if name == "values" else [*zip(owner.names, owner.items, strict=False)]
        if isinstance(owner, Shape):
            return Unknown()
        if name in _SAME:
            return owner
        return next(flat([*given, *named.values()]), Unknown())

    def _own_method(
        self, node: ast.Call, owner: Instance, name: str, given: list[object], named: dict[str, object]
    ) -> object:
        if name == "super().__init__":
            if self._is_chain(owner.kind):
                self._use(given)
                owner.attributes["()"] = chain_of(given)
            return None
        if name in ("add_module", "register_module") and len(given) == 2:
            self._attach(owner, str(given[0]), given[1], {})
            return None
        found = self._method(owner.kind, name)
        if found is None or "init_" in name or "_init" in name.lower():
            return owner if name in _SAME else next(flat(given), Unknown())
        return self._function(found, [owner, *given], named)

    def _method(self, kind: ast.ClassDef, name: str) -> ast.FunctionDef | None:
        for each in kind.body:
            if isinstance(each, ast.FunctionDef) and each.name == name:
                return each
        above = (self.classes.get(ast.unparse(base)) for base in kind.bases)
        return next((m for base in above if base and base is not kind and (m := self._method(base, name))), None)

    def _function(self, called: ast.FunctionDef, given: list[object], named: Mapping[str, object]) -> object:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise TooLong
        env = self._arguments(called, given, named)
        result = self._body(called.body, env)
        self._depth -= 1
        return None if result is _NOTHING else result

    def _arguments(self, called: ast.FunctionDef, given: list[object], named: Mapping[str, object]) -> Env:
        told = called.args
        names = [a.arg for a in (*told.posonlyargs, *told.args)]
        env: Env = dict.fromkeys([*names, *(a.arg for a in told.kwonlyargs)], Unknown())
        for name, default in zip(reversed(names), reversed(told.defaults), strict=False):
            env[name] = self.evaluate(default, {})
        for argument, only in zip(told.kwonlyargs, told.kw_defaults, strict=True):
            if only is not None:
                env[argument.arg] = self.evaluate(only, {})
        env |= dict(zip(names, given, strict=False))
        if told.vararg:
            env[told.vararg.arg] = tuple(given[len(names) :])
        return env | dict(named)

    # Objects and results

    def instance(self, name: str) -> Instance:
        """An object of a class of the text, made without arguments."""
        return self._instance_of(self.classes[name], self.classes[name], [], {})

    def _instance_of(
        self, node: ast.AST, kind: ast.ClassDef, given: list[object], named: Mapping[str, object]
    ) -> Instance:
        made = Instance(kind)
        begun = len(self._made)
        build = self._method(kind, "__init__")
        if build is not None:
            self._function(build, [made, *given], named)
        self._use(self._made[begun:])
        self._made.append(made)
        return made

    def _new(self, module: object) -> object:
        self._made.append(module)
        return module

    def _use(self, values: Sequence[object]) -> None:
        for value in values:
            if is_module(value):
                self._used.add(id(value))
            elif isinstance(value, Bag | list | tuple):
                self._use(value.items if isinstance(value, Bag) else value)

    def entrances(self, instance: Instance) -> list[object]:
        """An Input for every argument that the `forward` of an object must have."""
        found = self._method(instance.kind, "forward")
        if found is None:
            return [self.entrance("x")]
        names = [a.arg for a in found.args.args[1:]]
        needed = names[: len(names) - len(found.args.defaults)]
        return [self.entrance(name) for name in needed or names[:1]]

    def forward(self, instance: Instance, given: Sequence[object], named: Mapping[str, object] | None = None) -> object:
        """What an object gives for these results."""
        found = self._method(instance.kind, "forward")
        self.within.append(instance.name)
        if found is not None:
            result = self._function(found, [instance, *given], named or {})
        else:
            result = self.through(instance.attributes.get("()", Chain([])), *given)
        self.within.pop()
        return result

    def through(
        self, module: object, *given: object, node: ast.AST | None = None, env: Env | None = None, **named: object
    ) -> object:
        """What a module gives for these results."""
        self._use([module])
        args = [self._outside(g, env) for g in given]
        match module:
            case Leaf():
                return self.place(module, list(flat([*args, *named.values()])))
            case Chain(items=items):
                at: object = args[0] if args else Tensor("", "")
                for place, item in enumerate(items):
                    if isinstance(item, Instance) and not item.name and module.name:
                        item.name = f"{module.name}_{place}"
                    at = self.through(item, at)
                return at
            case Instance():
                return self.forward(module, args, named)
        return next(flat([*args, *named.values()]), Unknown())

    def _outside(self, value: object, env: Env | None) -> object:
        """A name that nobody defined, given to a layer, is what comes in."""
        if isinstance(value, Named) and env is not None and "." not in value.words:
            env[value.words] = self.entrance(value.words)
            return env[value.words]
        return value
