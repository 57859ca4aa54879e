"""Counts lines, files, importers and lengths of functions of the bot, its sandbox apart."""

import ast
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.house_trace import SANDBOX, TOPS


@dataclass(frozen=True, kw_only=True)
class Module:
    """One file of Python.

    Attributes:
        name: With dots; a package's is that of its folder.
        lengths: Lines of each function and method, decorators apart.
    """

    name: str
    path: Path
    lines: int
    tree: ast.Module = field(repr=False)
    lengths: tuple[int, ...] = ()

    @property
    def is_package(self) -> bool:
        """Whether it is a folder's own file."""
        return self.path.name == "__init__.py"

    @property
    def in_sandbox(self) -> bool:
        """Whether it belongs to the sandbox, wherever that is."""
        return SANDBOX in self.name.split(".")


def house(root: Path) -> dict[str, Module]:
    """The modules of the checkout, by name."""
    modules = {}
    for top in (*TOPS, SANDBOX):
        for path in sorted((root / top).rglob("*.py")):
            module = _module(root, path)
            modules[module.name] = module
    return modules


def _module(root: Path, path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    parts = path.relative_to(root).with_suffix("").parts
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return Module(
        name=".".join(parts[:-1] if parts[-1] == "__init__" else parts),
        path=path,
        lines=len(text.splitlines()),
        tree=tree,
        lengths=tuple((f.end_lineno or f.lineno) - f.lineno + 1 for f in functions),
    )


def importers(modules: dict[str, Module]) -> dict[str, set[str]]:
    """Which modules import each; `from package import module` imports the module alone."""
    found: dict[str, set[str]] = {name: set() for name in modules}
    for module in modules.values():
        for node in ast.walk(module.tree):
            for name in set(_imported(node, module, modules)) - {module.name}:
                if name in found:
                    found[name].add(module.name)
    return found


def _imported(node: ast.AST, module: Module, modules: dict[str, Module]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = _base(node, module)
        inside = [f"{base}.{alias.name}" for alias in node.names]
        yield from [name for name in inside if name in modules] or [base]


def _base(node: ast.ImportFrom, module: Module) -> str:
    """What stands after `from`, with the dots of a relative import resolved."""
    if not node.level:
        return node.module or ""
    up = node.level - module.is_package
    package = module.name.split(".")[: -up or None]
    return ".".join([*package, node.module] if node.module else package)


def figures(root: Path) -> dict[str, float]:
    """The counts, by what they are called in the table."""
    modules = house(root)
    own = [m for m in modules.values() if not m.in_sandbox]
    apart = [m for m in own if not m.is_package and "migrations" not in m.name.split(".")]
    imported_by = importers(modules)
    lengths = sorted(length for m in own for length in m.lengths)
    return {
        "lines, sandbox apart": sum(m.lines for m in own),
        "lines of the sandbox": sum(m.lines for m in modules.values() if m.in_sandbox),
        "files": len(own),
        "modules": len(apart),
        "modules with a single importer": sum(len(imported_by[m.name]) == 1 for m in apart),
        "functions": len(lengths),
        "lines of a function, median": statistics.median(lengths),
        "lines of a function, 90 %": lengths[int(len(lengths) * 0.9)],
    }
