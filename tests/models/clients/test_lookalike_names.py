"""An app may call itself anything; a name that people trust, or that looks like one, is marked."""

from models.clients.lookalike_names import KNOWN, likeness_of
from tests.for_each import for_each


@for_each("name", [*KNOWN, "Claude Code", "claude", "My ChatGPT", "V S Code", "Profile", "Official assistant"])
def test_a_name_that_people_trust_is_known_to_the_letter(name):
    assert likeness_of(name).exact


@for_each(
    ("name", "meant"),
    [
        ("Сlaude", "Claude"),  # a Cyrillic С
        ("СІаudе", "Claude"),  # four Cyrillic letters
        ("C1aude", "Claude"),
        ("CIaude", "Claude"),
        ("Cłaude", "Claude"),
        ("Ｃｌａｕｄｅ", "Claude"),  # full width
        ("𝐂𝐥𝐚𝐮𝐝𝐞", "Claude"),  # mathematical bold
        ("Clàude", "Claude"),
        ("0penAI", "OpenAI"),
        ("ChatGРТ", "ChatGPT"),  # Cyrillic РТ
        ("Micros0ft", "Microsoft"),
        ("Rnicrosoft", "Microsoft"),
        ("Pr0file", "Profile"),
        ("Сurs0r", "Cursor"),
    ],
)
def test_a_name_that_only_looks_like_one_is_told_apart(name, meant):
    found = likeness_of(name)
    assert (found.name, found.exact) == (meant, False)


@for_each("name", ["Our robot", "Löwe", "王小明", "Ассистент", "Zoë's notes", "An app without a name", "7", ""])
def test_other_names_are_left_alone(name):
    assert likeness_of(name) is None


@for_each(
    ("name", "hosts", "meant"),
    [
        ("Claude", ["claude.ai"], None),
        ("Claude", ["claude.ai", "claude.com"], None),
        ("Claude", ["api.claude.ai"], None),
        ("Claude", ["app.example"], "Claude"),
        ("Claude", ["claude.ai", "app.example"], "Claude"),
        ("Claude", ["notclaude.ai"], "Claude"),
        ("Claude", ["claude.ai.app.example"], "Claude"),
        ("Claude for GitHub", ["claude.ai"], "GitHub"),
        ("Official assistant", ["claude.ai"], "Official"),
        ("Profile", ["app.example"], "Profile"),
    ],
)
def test_a_name_belongs_to_the_hosts_of_its_maker_and_to_no_others(name, hosts, meant):
    found = likeness_of(name, hosts)
    assert (found and found.name) == meant
