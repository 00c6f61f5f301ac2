"""Reporting: people side by side and groups as a whole, on pages and as files, for everyone in the account and nobody else."""

from __future__ import annotations

import csv
import io
import uuid
from random import Random

import pytest

from models.demo.scores import Temperament
from models.instruments import CORE_VALUES, core_result, disc_result
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.profiles.tag import Tag
from tests.for_each import for_each
from tests.pages import text_of

UNKNOWN = uuid.UUID(int=7)


@pytest.fixture
def finished(within):
    """Makes people with DISC results in an account: `finished(aperture, Ana=(20, 70, 60, 50))`; gives their ids by name."""

    def make(team, **scores):
        def work(account_id):
            made = {}
            for name, numbers in scores.items():
                profile = Profile.create(account_id, f"{name.lower()}@example.com", name)
                Result.keep(profile, "disc", disc_result(dict(zip("disc", numbers, strict=True))), "disc-1")
                made[name] = profile.id
            return made

        return within(team, work)

    return make


@pytest.fixture
def trio(finished, aperture):
    """Ana, Ben and Cyd, who differ in Dominance and meet in Influence."""
    return finished(aperture, Ana=(20, 70, 60, 50), Ben=(70, 70, 45, 15), Cyd=(30, 65, 55, 50))


def address(*ids, path="/reporting/comparison"):
    return f"{path}?{'&'.join(f'profile={id_}' for id_ in ids)}"


def see(browser, path, status=200):
    response = browser.get(path)
    assert response.status_code == status, text_of(response)
    return text_of(response)


def table_in(response):
    assert response.mimetype == "text/csv"
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    return list(csv.DictReader(io.StringIO(response.get_data().decode("utf-8-sig"))))


# Side by side


def test_charlie_sees_where_three_people_meet_and_differ_and_by_which_rules(browser_of, charlie, trio):
    page = see(browser_of(charlie), address(*trio.values()))
    for said in (
        "3 people",
        "Influence All 3 are within 5 points, from 65 to 70.",
        "Dominance Range 20 to 70, 50 points apart. Highest: Ben. Lowest: Ana.",
        "They differ on a scale when the highest and the lowest are 40 points or more apart.",
        "70 highest",
        "20 lowest",
        "These people in the DISC circle",
    ):
        assert said in page, said


def test_the_address_keeps_the_order_of_the_people(browser_of, charlie, trio):
    browser = browser_of(charlie)
    for order in (list(trio), list(reversed(trio))):
        page = browser.get(address(*(trio[name] for name in order))).get_data(as_text=True)
        places = [page.index(f'href="/profiles/{trio[name]}"') for name in order]
        assert places == sorted(places)


def test_somebody_is_found_added_and_left_out(browser_of, charlie, trio):
    browser = browser_of(charlie)
    page = browser.get(f"{address(trio['Ana'])}&search=cyd")
    assert "1 person" in text_of(page)
    assert "Select one more person" in text_of(page)
    added = address(trio["Ana"], trio["Cyd"])
    assert f'href="{added.replace("&", "&amp;")}"' in page.get_data(as_text=True)
    both = browser.get(added)
    assert "2 people" in text_of(both)
    assert f'href="{address(trio["Cyd"])}"' in both.get_data(as_text=True)
    assert "No match." in see(browser, f"{added}&search=zzz")
    assert "Everyone found is already here." in see(browser, f"{added}&search=ana")


def test_people_without_results_are_shown_and_compared_with_nobody(browser_of, charlie, ana, aperture, new_profile):
    ben = new_profile(aperture, "ben@example.com", "Ben")
    page = see(browser_of(charlie), address(ana, ben))
    assert "No results to compare yet" in page
    assert "Ana Löwe no results yet" in page


def test_strangers_and_people_who_are_gone_are_left_out_alike(browser_of, charlie, trio, gordon):
    browser = browser_of(charlie)
    pages = [see(browser, address(*trio.values(), id_)) for id_ in (gordon, UNKNOWN)]
    assert pages[0] == pages[1]
    assert "One person in this link is not or no longer in this account." in pages[0]
    assert "Gordon" not in pages[0]
    files = [
        browser.get(address(*trio.values(), id_, path="/reporting/comparison.csv")).data for id_ in (gordon, UNKNOWN)
    ]
    assert files[0] == files[1]


@for_each(
    "query",
    [
        "profile=nothing",
        "profile=%00",
        "&".join(f"profile={uuid.UUID(int=n)}" for n in range(13)),
        f"search={'x' * 201}",
        "tag=nothing",
    ],
)
def test_an_address_that_no_page_links_to_is_refused(browser_of, charlie, query):
    see(browser_of(charlie), f"/reporting/comparison?{query}", 400)


def test_people_are_ticked_in_the_list(browser_of, charlie, trio):
    browser = browser_of(charlie)
    chosen = [str(id_) for id_ in sorted(trio.values())]
    ticked = "&".join(f"profile={id_}" for id_ in chosen)
    assert browser.get(f"/profiles?do=compare&{ticked}").location == address(*chosen)
    back = browser.get(f"/profiles?do=compare&search=a&profile={chosen[0]}").location
    assert back.startswith("/profiles?search=a&selected=")
    page = browser.get(back)
    assert "Select 2 to 12 people to compare." in text_of(page)
    assert "1 selected" in text_of(page)


def test_a_tag_stands_for_those_who_carry_it(browser_of, charlie, trio, sales, within, aperture, lambda_team):
    browser = browser_of(charlie)
    within(aperture, lambda id_: Tag.find(id_, sales).put_on([trio["Ana"], trio["Ben"]]))
    there = browser.get(f"/reporting/comparison?tag={sales}").location
    assert set(there.partition("?")[2].split("&")) == {f"profile={trio['Ana']}", f"profile={trio['Ben']}"}
    for tag in (lambda_team, UNKNOWN):
        see(browser, f"/reporting/comparison?tag={tag}", 404)


def test_a_tag_of_many_stands_for_twelve(browser_of, charlie, finished, sales, within, aperture):
    many = finished(aperture, **{f"P{number}": (60, 40, 40, 40) for number in range(14)})
    within(aperture, lambda id_: Tag.find(id_, sales).put_on(many.values()))
    browser = browser_of(charlie)
    page = see(browser, browser.get(f"/reporting/comparison?tag={sales}").location)
    assert "12 people" in page
    assert "More people have the tag Sales. These are the 12 who finished last." in page


def test_a_comparison_is_a_file_too(browser_of, charlie, trio, within, aperture):
    results = Temperament.of(Random(3)).results()

    def more(account_id):
        ana = Profile.find(account_id, trio["Ana"])
        Result.keep(ana, "focus", results["focus"], "focus-1")
        Result.keep(ana, "core", core_result(list(CORE_VALUES[:5])), "core-1")

    within(aperture, more)
    ana, ben, _ = table_in(browser_of(charlie).get(address(*trio.values(), path="/reporting/comparison.csv")))
    assert (ana["Name"], ana["DISC style"], ana["Dominance"], ana["Influence"]) == ("Ana", "IS", "20", "70")
    assert ana["Organization"] == str(results["focus"]["organization"]["score"])
    facet = results["focus"]["organization"]["facets"]["discipline"]["score"]
    assert ana["Organization: Discipline"] == str(facet)
    assert (ana["Value 1"], ana["Value 6"], ben["Organization"], ben["Value 1"]) == ("Achievement", "", "", "")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1"])
def test_a_name_is_no_formula_in_a_file(browser_of, charlie, trio, within, aperture, name):
    within(aperture, lambda id_: Profile.find(id_, trio["Ana"]).update(first_name=name))
    [ana, *_] = table_in(browser_of(charlie).get(address(*trio.values(), path="/reporting/comparison.csv")))
    assert ana["Name"] == f"'{name}"


# Groups


@pytest.fixture
def teams(within, aperture, trio, sales, new_tag, new_profile):
    """Ana and Ben carry Sales, Ben and Cyd Remote; Dan carries both and has not answered."""
    remote, dan = new_tag(aperture, "Remote", "blue"), new_profile(aperture, "dan@example.com", "Dan")

    def put(account_id):
        Tag.find(account_id, sales).put_on([trio["Ana"], trio["Ben"], dan])
        Tag.find(account_id, remote).put_on([trio["Ben"], trio["Cyd"], dan])

    within(aperture, put)
    return sales, remote


def test_charlie_sees_the_whole_account_as_a_group(browser_of, charlie, teams):
    page = see(browser_of(charlie), "/reporting/group")
    for said in (
        "Whole account 3 people with results, of 4 profiles.",
        "Influence : the scores go from 65 to 70.",
        "Dominance : the scores go from 20 to 70. Some press for a decision",
        "Ben B DI towards Influence",
        "of 100 2 of 3 people",
        "The median is 30, the middle half goes from 25 to 50.",
        "The strongest scales are the two with the highest median.",
    ):
        assert said in page, said


def test_of_several_tags_people_carry_all_or_any(browser_of, charlie, teams):
    browser, query = browser_of(charlie), "&".join(f"tag={tag}" for tag in teams)
    page = see(browser, f"/reporting/group?{query}")
    assert "Sales and Remote 1 person with results, of 2 profiles." in page
    page = see(browser, f"/reporting/group?{query}&match=any")
    assert "Sales or Remote 3 people with results, of 4 profiles." in page


def test_a_group_in_which_nobody_has_answered_says_so(browser_of, charlie, ana, sales, within, aperture):
    browser = browser_of(charlie)
    assert "Nobody has these tags." in see(browser, f"/reporting/group?tag={sales}")
    within(aperture, lambda id_: Tag.find(id_, sales).put_on([ana]))
    assert "The people in this group have not finished an assessment." in see(browser, f"/reporting/group?tag={sales}")
    assert len(table_in(browser.get("/reporting/group.csv"))) == 0


def test_anothers_tag_is_like_an_unknown_one(browser_of, charlie, lambda_team):
    browser = browser_of(charlie)
    for path in ("/reporting/group", "/reporting/group.csv"):
        for tag in (lambda_team, UNKNOWN):
            assert "Page not found" in see(browser, f"{path}?tag={tag}", 404)


@pytest.mark.parametrize(
    "query", ["tag=nothing", "match=some", "&".join(f"tag={uuid.UUID(int=n)}" for n in range(21))], ids=range(3)
)
def test_a_group_that_no_form_of_ours_makes_is_refused(browser_of, charlie, query):
    see(browser_of(charlie), f"/reporting/group?{query}", 400)


def test_a_group_is_a_file_too(browser_of, charlie, teams):
    dominance, influence, *_ = table_in(browser_of(charlie).get("/reporting/group.csv"))
    assert (dominance["Scale"], dominance["People"], dominance["Median"], dominance["Highest"]) == (
        "Dominance",
        "3",
        "30",
        "70",
    )
    assert (influence["Low"], influence["High"]) == ("0", "3")


def test_somebody_of_another_account_sees_their_own_group_alone(browser_of, eve, teams):
    page = see(browser_of(eve), "/reporting/group")
    assert "There are no profiles in this account." in page
    assert "Ben" not in page


def test_reporting_offers_tags_and_a_search(browser_of, charlie, teams):
    page = see(browser_of(charlie), "/reporting")
    assert "Sales (3)" in page
    assert "Show group" in page


def test_strangers_are_asked_to_sign_in(client):
    for path in (
        "/reporting",
        "/reporting/comparison",
        "/reporting/comparison.csv",
        "/reporting/group",
        "/reporting/group.csv",
    ):
        assert client.get(path).location.startswith("/sign-in?next=")


@pytest.fixture
def twins(finished, within, aperture):
    """Ben and two people called Ana Löwe."""
    made = finished(aperture, Ana=(20, 70, 60, 50), Ben=(70, 70, 45, 15), Cyd=(30, 65, 55, 50))

    def rename(account_id):
        for name in ("Ana", "Cyd"):
            Profile.find(account_id, made[name]).update(first_name="Ana", last_name="Löwe")

    within(aperture, rename)
    return made


def test_two_people_of_one_name_are_told_apart(browser_of, charlie, twins):
    browser = browser_of(charlie)
    for page in (address(*twins.values()), "/reporting/group", "/dashboard"):
        shown = see(browser, page)
        assert "Ana Löwe (ana@example.com)" in shown, page
        assert "Ana Löwe (cyd@example.com)" in shown, page
        assert "Ben (" not in shown, page
    assert 'aria-label="Select Ana Löwe (cyd@example.com)"' in browser.get("/profiles").text
    rows = table_in(browser.get(address(*twins.values(), path="/reporting/comparison.csv")))
    assert [row["Name"] for row in rows] == ["Ana Löwe", "Ben", "Ana Löwe"]


def test_a_group_without_clear_scales_still_gets_four_sentences(browser_of, charlie, finished, aperture):
    finished(aperture, Ana=(50, 50, 50, 50), Ben=(50, 50, 50, 50), Cyd=(50, 50, 50, 50), Dan=(50, 50, 50, 50))
    shown = see(browser_of(charlie), "/reporting/group")
    assert "Strongest Dominance : half of the people score 50 or more. Influence : half of the people score 50" in shown
    assert "Widest apart Dominance : everybody scores 50. Influence : everybody scores 50." in shown
    assert "Nowhere" not in shown


def test_nobody_is_listed_as_the_lowest_of_a_group(browser_of, charlie, teams):
    page = see(browser_of(charlie), "/reporting/group")
    assert not {"Lowest", "Outliers"} & set(page.split())


def test_a_comparison_names_those_without_a_result(browser_of, charlie, trio, aperture, new_profile):
    dan, eve = (new_profile(aperture, f"{name.lower()}@example.com", name) for name in ("Dan", "Eve"))
    page = see(browser_of(charlie), address(*trio.values(), dan, eve))
    assert "2 of 5 have no DISC result: Dan, Eve." in page


def test_scores_on_pages_are_whole_and_those_in_files_are_exact(browser_of, charlie, finished, aperture):
    pair = finished(aperture, Ana=(20.4, 70, 60, 50), Ben=(70.4, 70, 45, 15))
    browser = browser_of(charlie)
    page = see(browser, address(*pair.values()))
    assert "Range 20 to 70, 50 points apart." in page
    assert "20.4" not in page + see(browser, "/reporting/group") + see(browser, f"/profiles/{pair['Ana']}")
    assert table_in(browser.get(address(*pair.values(), path="/reporting/comparison.csv")))[0]["Dominance"] == "20.4"


# In other languages


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "de",
            (
                "Einfluss Alle 3 liegen höchstens 5 Punkte auseinander, von 65 bis 70.",
                "Alle besprechen die Dinge eher gründlich; halten Sie schriftlich fest, was vereinbart wurde.",
                "Am höchsten: Ben. Am niedrigsten: Ana.",
                "70 höchster",
                "Sie unterscheiden sich auf einer Skala, wenn",
            ),
        ),
        ("fr", ("Influence Les 3 sont à 5 points près, de 65 à 70.", "20 le plus bas", "Ces personnes dans le cercle")),
    ],
)
def test_people_are_compared_in_the_readers_language(browser_of, charlie, trio, language, sentences):
    page = see(browser_of(charlie), f"{address(*trio.values())}&language={language}").replace("\u00a0", " ")
    for said in sentences:
        assert said in page, said
    for english in ("highest", "points apart", "Dominance is at", "They "):
        assert english not in page, english


def test_a_group_is_named_and_described_in_german(browser_of, charlie, teams):
    browser, query = browser_of(charlie), "&".join(f"tag={tag}" for tag in teams)
    page = see(browser, f"/reporting/group?{query}&match=any&language=de")
    for said in (
        "Sales oder Remote 3 Personen mit Ergebnissen, von 4 Profilen.",
        "Einfluss : Die Punktwerte reichen von 65 bis 70.",
        "Ben B DI in Richtung Einfluss",
        "Der Median ist 30, die mittlere Hälfte reicht von 25 bis 50.",
    ):
        assert said in page, said


def test_the_columns_of_a_file_are_english_in_every_language(browser_of, charlie, trio):
    browser = browser_of(charlie)
    for path in (address(*trio.values(), path="/reporting/comparison.csv"), "/reporting/group.csv"):
        files = [browser.get(path, headers={"Accept-Language": language}).data for language in ("en", "de")]
        assert files[0] == files[1]
        assert b"Dominance" in files[1]
