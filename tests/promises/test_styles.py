"""Class names belong to their file: `.notice` is styled in components/notice.css only, and every class is used and styled."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CSS = ROOT / "static" / "css"
COMPONENTS = CSS / "components"
# Mails bring their styles along in their own layout.
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*.html")) if path.parent.name != "mail"]
SPEAKING = [*TEMPLATES, *(path for folder in ("blueprints", "models") for path in (ROOT / folder).rglob("*.py"))]
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))

CLASS = re.compile(r"\.([a-z][\w-]*)")
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
TEXT = re.compile(r"'([^']*)'")
ATTRIBUTE = re.compile(r'\bclass="((?:\{\{.*?\}\}|\{%.*?%\}|[^"])*)"|block main_class %\}(.*?)\{% endblock', re.DOTALL)


@dataclass(frozen=True)
class Selector:
    file: Path
    text: str

    @property
    def classes(self) -> list[str]:
        return CLASS.findall(self.text)

    @property
    def styled(self) -> str | None:
        """The class that it gives a look; what stands before is where, and what it has besides is a variant of it."""
        bare = re.sub(r":(?:not|has)\((?:[^()]|\([^()]*\))*\)", "", self.text)
        found = CLASS.findall(re.split(r"[\s>+~](?![^(\[]*[)\]])", bare)[-1])
        return found[0] if found else None


def selectors() -> Iterator[Selector]:
    for file in sorted(CSS.rglob("*.css")):
        sheet = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        for prelude in re.findall(r"([^{};]+)\{", sheet):
            for text in re.split(r",(?![^(]*\))", prelude.strip()):
                if not prelude.strip().startswith("@"):
                    yield Selector(file, text.strip())


def belongs(name: str, file: Path) -> bool:
    """Whether a class is of the family of a component: domain, domains, domain-title."""
    block = file.stem.replace("_", "-")
    return name in {block, f"{block}s"} or name.startswith(f"{block}-")


def used(path: Path) -> Iterator[str]:
    """The classes that a template names; what is between {{ }} counts by its texts."""
    for match in ATTRIBUTE.finditer(re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)):
        value = "".join(group or "" for group in match.groups())
        yield from JINJA.sub(" ", value).split() if "{{ look(" not in value else ()
        for expression in JINJA.findall(value):
            yield from (word for text in TEXT.findall(expression) for word in text.split())


def test_a_class_is_styled_in_one_file_alone():
    homes: dict[str, set[str]] = defaultdict(set)
    for selector in selectors():
        if selector.styled:
            homes[selector.styled].add(selector.file.name)
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}


def test_a_component_styles_its_own_block():
    """Other blocks may stand around it, or in it: `.report .described` is in described.css."""
    stray = [
        f"{selector.file.name}: {selector.text}"
        for selector in selectors()
        if selector.file.parent == COMPONENTS
        if not any(belongs(name, selector.file) for name in selector.classes)
    ]
    assert stray == []


def test_every_class_has_a_style_and_every_style_a_use():
    styled = {name for selector in selectors() for name in selector.classes}
    words = set(re.findall(r"[\w-]+", " ".join(path.read_text(encoding="utf-8") for path in [*SPEAKING, *SCRIPTS])))
    # Those that are counted, such as heat-3, are written without their number.
    without_use = sorted(name for name in styled if name not in words and re.sub(r"\d+$", "", name) not in words)
    without_style = sorted(
        f"{name} in {path.relative_to(ROOT)}"
        for path in TEMPLATES
        for name in used(path)
        if name.rstrip("-") not in styled
    )
    assert (without_use, without_style) == ([], [])


def test_every_sheet_ends_what_it_begins():
    """They are joined: what one leaves open would swallow the next."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in CSS.rglob("*.css")}
    pairs = [("{", "}"), ("(", ")"), ("/*", "*/")]
    assert [name for name, text in texts.items() if any(text.count(a) != text.count(b) for a, b in pairs)] == []
