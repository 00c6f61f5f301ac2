"""The lists of profiles and tags in a real browser: choosing with the keyboard, and pages at every width."""

from __future__ import annotations

import pytest

from models.profiles.profile import Profile

pytestmark = pytest.mark.browser


@pytest.fixture
def bobs_page(server, page_of, bob):
    """Opens a browser in which Bob is signed in, at the list of profiles."""

    def open_page(**options):
        page = page_of(bob, **options)
        page.goto("/profiles")
        return page

    return open_page


def test_bob_chooses_all_and_puts_a_tag_on_them(bobs_page, aperture, ana, sales, new_profile):
    new_profile(aperture, "ben@example.com", "Ben")
    page = bobs_page()
    page.get_by_role("button", name="Select all on this page").press("Enter")
    assert page.get_by_role("checkbox", name="Select Ana Löwe").is_checked()
    assert page.get_by_role("button", name="Select none").is_visible()
    assert page.get_by_text("2 selected").is_visible()
    page.get_by_role("button", name="Tag the selected profiles").click()
    page.get_by_label("Tag").select_option("Sales")
    page.get_by_role("button", name="Add tag").click()
    page.get_by_text("2 profiles now have the tag Sales.").wait_for()
    # They are still selected, and one click clears them.
    assert page.get_by_role("checkbox", name="Select Ana Löwe").is_checked()
    page.get_by_role("button", name="Clear the selection").click()
    page.get_by_text("None selected").wait_for()


def test_ticks_are_counted_at_once_and_stay_on_the_next_page(bobs_page, within, aperture):
    within(aperture, lambda id_: Profile.add_quietly(id_, [({"email": f"p{n:02}@example.com"}, {}) for n in range(60)]))
    page = bobs_page()
    page.get_by_role("checkbox", name="Select p00@example.com").check()
    assert page.get_by_text("1 selected").is_visible()
    page.get_by_role("button", name="Next profiles").click()
    page.get_by_role("checkbox", name="Select p55@example.com").check()
    assert page.get_by_text("2 selected").is_visible()
    page.get_by_role("button", name="Previous profiles").click()
    assert page.get_by_role("checkbox", name="Select p00@example.com").is_checked()
    page.get_by_role("checkbox", name="Select p00@example.com").uncheck()
    page.get_by_role("button", name="Sort by Completed").click()
    page.get_by_role("link", name="Show all profiles").click()
    page.get_by_text("1 selected").wait_for()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [pytest.param(1280, "light", marks=pytest.mark.everything), (390, "dark"), (320, "light")],
)
def test_no_page_is_wider_than_the_screen(bobs_page, aperture, new_profile, new_tag, width, scheme):
    long = new_profile(aperture, f"{'a' * 60}@{'b' * 60}.example.com", "W" * 100, "M" * 100)
    tag = new_tag(aperture, "W" * 60)
    page = bobs_page(width=width, color_scheme=scheme)
    for path in (
        "/profiles",
        f"/profiles?tag={tag}",
        f"/profiles/{long}",
        f"/profiles/{long}/edit",
        f"/profiles/{long}/deletion",
        "/profiles/new",
        "/tags",
        "/tags/new",
        f"/tags/{tag}/edit",
        f"/tags/{tag}/deletion",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
