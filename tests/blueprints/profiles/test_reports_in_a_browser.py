"""Dashboard and reports in a real browser: at every width, in both colour schemes, in forced colours, by keyboard, and on paper."""

from __future__ import annotations

from random import Random

import pytest

from models.assessments.invitation import AssessmentInvitation
from models.debriefs.composer import compose
from models.debriefs.debrief import Debrief
from models.demo.scores import Temperament
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.profiles.tag import Tag

pytestmark = pytest.mark.browser


@pytest.fixture
def crowd(within, aperture, sales):
    """Fourteen people with all results and a tag, one with a name of a hundred letters; their ids."""

    def make(account_id):
        made = []
        for number in range(14):
            profile = Profile.create(
                account_id, f"p{number}@example.com", "W" * 100 if number == 3 else f"Pat{number}", "Lee"
            )
            results = Temperament.of(Random(number)).results()
            for assessment, scores in results.items():
                Result.keep(profile, assessment, scores, f"{assessment}-1")
            Debrief.write(profile, compose(results), "embedded", results)
            made.append(profile.id)
        Tag.find(account_id, sales).put_on(made)
        AssessmentInvitation.invite(account_id, f"{'a' * 60}@example.com", "M" * 90)
        return made

    return within(aperture, make)


@pytest.mark.parametrize(
    ("width", "options"),
    [
        pytest.param(1280, {}, marks=pytest.mark.everything),
        (1280, {"color_scheme": "dark"}),
        pytest.param(390, {}, marks=pytest.mark.everything),
        (320, {"color_scheme": "dark"}),
        pytest.param(1000, {"forced_colors": "active"}, marks=pytest.mark.everything),
    ],
    ids=["wide", "wide and dark", "phone", "small and dark", "forced colours"],
)
def test_no_report_keeps_anybody_out_or_is_wider_than_the_screen(server, page_of, bob, crowd, sales, width, options):
    page = page_of(bob, width=width, **options)
    several = "&".join(f"profile={id_}" for id_ in crowd[:12])
    for path in (
        "/dashboard",
        f"/profiles/{crowd[3]}",
        "/reporting",
        f"/reporting/comparison?{several}",
        f"/reporting/comparison?profile={crowd[0]}&search=pat",
        "/reporting/group",
        f"/reporting/group?tag={sales}&match=any",
    ):
        page.goto(path)
        for summary in page.locator("main summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def enter(control):
    """Go to it and press Enter."""
    control.focus()
    control.page.keyboard.press("Enter")


def test_bob_compares_two_people_by_keyboard_alone(server, page_of, bob, crowd):
    page = page_of(bob)
    page.goto("/profiles")
    for name in ("Pat0 Lee", "Pat1 Lee"):
        page.get_by_role("checkbox", name=f"Select {name}").press("Space")
    enter(page.get_by_role("button", name="Compare the selected profiles"))
    page.get_by_role("heading", name="What they share").wait_for()
    page.get_by_label("Add a person").fill("pat2")
    page.keyboard.press("Enter")
    enter(page.get_by_role("link", name="Add Pat2 Lee"))
    page.get_by_role("heading", name="3 people").wait_for()
    enter(page.get_by_role("link", name="Remove Pat0 Lee"))
    page.get_by_role("heading", name="2 people").wait_for()


def test_a_graph_is_a_drawing_with_a_name_and_a_description(server, page_of, bob, crowd):
    page = page_of(bob)
    page.goto(f"/profiles/{crowd[0]}")
    names = [graph.locator("title").first.text_content() for graph in page.locator("main svg[role=img]").all()]
    assert any(name.startswith("DISC style ") for name in names)
    assert sum(name.startswith(("Organization ", "Discipline ")) for name in names) == 2
    assert page.get_by_role("heading", name="Dominance").is_visible(), "the numbers are beside it as text"


def test_nothing_moves_when_the_scripts_arrive(server, page_of, bob, crowd):
    """What they show has its place from the beginning: on a phone the report would move down by a row of buttons."""

    def top_of_the_results(page):
        page.goto(f"/profiles/{crowd[0]}")
        return page.locator("main > .beside").bounding_box()["y"]

    late = page_of(bob, width=390)
    late.route("**/site.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    assert top_of_the_results(late) == top_of_the_results(page_of(bob, width=390))
    assert late.get_by_role("button", name="Print or save as PDF").is_hidden()


def test_a_printed_report_is_all_there_and_nothing_is_there_to_press(server, page_of, bob, crowd):
    page = page_of(bob, color_scheme="dark")
    page.goto(f"/profiles/{crowd[0]}")
    page.emulate_media(media="print")
    for text in ("Aperture Science", "Discipline", "How to work with Pat0", "Working with them"):
        assert page.locator("main").get_by_text(text).first.is_visible(), text
    assert page.get_by_role("button", name="Print or save as PDF").is_hidden()
    assert page.get_by_role("heading", name="Contact").is_hidden()
    # Paper is white, however dark the screen is.
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light only"
    assert page.pdf(format="A4").startswith(b"%PDF")
