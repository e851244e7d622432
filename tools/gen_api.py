"""`goodfit.server.schema` → `web/src/api/schema.ts`: the page's types, never edited by hand.

    python tools/gen_api.py            writes the file
    python tools/gen_api.py --check    exit 1 when it differs from what would be written

Field docs travel along, so that the page's author reads the same words as the server's.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from pathlib import Path

import msgspec
from msgspec import inspect as types

from goodfit.server import schema

TARGET = Path(__file__).parents[1] / "web" / "src" / "api" / "schema.ts"
HEADER = "// Generated from python/goodfit/server/schema/ by tools/gen_api.py. Do not edit.\n"
WIDTH = 116
ORDER = (
    *("base", "overview", "catalog", "curves", "density", "charts", "groups", "formula", "importance", "forecasts"),
    *("kinds", "embeddings", "meshes", "layouts", "histograms", "graph", "media", "pr_curves", "training", "alerts"),
    *("shelf", "stream", "session", "error"),
)
"""Modules of the schema in the order in which their types are written."""


def read_docs() -> dict[str, tuple[str, dict[str, str]]]:
    """Each class of the schema with its docstring and the docstrings below its fields, in `ORDER`."""
    docs = {}
    sources = (inspect.getsource(getattr(schema, module)) for module in ORDER)
    for node in (node for source in sources for node in ast.parse(source).body):
        if not isinstance(node, ast.ClassDef):
            continue
        fields = {}
        for field, after in zip(node.body, [*node.body[1:], None], strict=True):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                is_doc = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                fields[field.target.id] = inspect.cleandoc(str(after.value.value)) if is_doc else ""
        docs[node.name] = (ast.get_docstring(node) or "", fields)
    return docs


def as_typescript(kind: types.Type) -> str:
    """The TypeScript spelling of a type.

    Raises:
        TypeError: a kind of type that the schema did not have so far.
    """
    match kind:
        case types.Metadata(type=inner):
            return as_typescript(inner)
        case types.BoolType():
            return "boolean"
        case types.IntType() | types.FloatType():
            return "number"
        case types.StrType():
            return "string"
        case types.NoneType():
            return "null"
        case types.AnyType():
            return "unknown"
        case types.LiteralType(values=values):
            # msgspec sorts them, so the order is stable.
            return " | ".join(f'"{value}"' for value in values)
        case types.UnionType(types=members):
            return " | ".join(sorted((as_typescript(member) for member in members), key=lambda text: text == "null"))
        case types.TupleType(item_types=items):
            return f"[{', '.join(as_typescript(item) for item in items)}]"
        case types.ListType(item_type=item):
            inner = as_typescript(item)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case types.DictType(value_type=value):
            return f"Record<string, {as_typescript(value)}>"
        case types.StructType(cls=cls):
            return cls.__name__
    raise TypeError(f"no TypeScript spelling for {kind!r}")


def format_comment(text: str, indent: str) -> str:
    """A doc comment; empty for no text. Paragraphs are kept."""
    if not text:
        return ""
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        if lines:
            lines.append("")
        lines += textwrap.wrap(" ".join(paragraph.split()), WIDTH - len(indent) - 3, break_on_hyphens=False)
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    return f"{indent}/**\n" + "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines) + f"{indent} */\n"


def generate() -> str:
    """The whole file."""
    parts = [HEADER]
    for name, (doc, fields) in read_docs().items():
        struct = getattr(schema, name)
        info = types.type_info(struct)
        assert isinstance(info, types.StructType)
        # What is asked may leave fields with a default out; what is answered always has them.
        is_asked = name.endswith(("Request", "Query"))
        lines = [format_comment(doc, ""), f"export interface {name} {{\n"]
        for field in info.fields:
            mark = "?" if is_asked and not field.required else ""
            lines.append(format_comment(fields.get(field.name, ""), "  "))
            lines.append(f"  {field.encode_name}{mark}: {as_typescript(field.type)};\n")
        lines.append("}\n")
        parts.append("".join(lines))
    structs = [each for each in vars(schema).values() if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    assert len(parts) - 1 == len(structs), "a header, then every struct of the schema: is a module missing in ORDER?"
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    wanted = generate()
    if arguments == ["--check"]:
        seen = TARGET.read_text(encoding="utf-8") if TARGET.is_file() else ""
        if seen != wanted:
            print(f"{TARGET.name} differs from the schema.\nhint: python tools/gen_api.py", file=sys.stderr)
            return 1
        return 0
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(wanted, encoding="utf-8")
    print(TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
