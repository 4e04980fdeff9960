"""Báo cáo & hồ sơ shows again what was ticked and filled in, and why a book was refused."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from pcgd.accounts.roles import Role
from pcgd.territory.models import Unit
from reports.models import ReportRun
from tests.surveys.world import YEAR, World, add_person, make_form, make_world, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    world = make_world()
    add_person(make_form(world), 6, "Lê Bảo Anh", study_level=3, grade=1, completed_level=1)
    return world


@pytest.fixture
def secretary(world: World) -> Client:
    return world.client(Role.WARD_SECRETARY)


def place(name: str, unit: Unit) -> str:
    return reverse(name, args=[unit.pk, YEAR])


def page_of(client: Client, unit: Unit, **query: str) -> str:
    answer = client.get(place("dossier", unit), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def ticked(page: str, name: str) -> set[str]:
    return set(re.findall(rf'name="{name}" value="([^"]+)" checked', page))


def chosen(page: str, name: str) -> str:
    """The value of the option that is selected; empty where it is the first."""
    box = page[page.index(f'id="{name}"') :]
    found = re.search(r'value="([^"]*)" selected', box[: box.index("</select>")])
    return found[1] if found else ""


def build_dossier(client: Client, unit: Unit, *codes: str, **more: str) -> None:
    usual = ",".join(sorted(ticked(page_of(client, unit, **{"danh-dau": "mac-dinh"}), "vb")))
    data = {"vb": codes or usual.split(","), "mac-dinh": usual, **more}
    client.post(place("dossier_build", unit), data)


# --- The ticks ---------------------------------------------------------------------------------


def test_the_documents_last_ticked_are_ticked_again(
    world: World, secretary: Client, sent: list[int]
) -> None:
    build_dossier(secretary, world.ward, "to-trinh", "cong-van", dang="zip")
    page = page_of(secretary, world.ward)
    assert ticked(page, "vb") == {"to-trinh", "cong-van"}
    assert chosen(page, "dang-ho-so") == "zip"


def test_the_usual_documents_are_there_again_by_their_link(
    world: World, secretary: Client, sent: list[int]
) -> None:
    usual = ticked(page_of(secretary, world.ward), "vb")
    build_dossier(secretary, world.ward, "cong-van")
    page = page_of(secretary, world.ward)
    assert "danh-dau=mac-dinh#ho-so-gom" in page
    again = page_of(secretary, world.ward, **{"danh-dau": "mac-dinh"})
    assert ticked(again, "vb") == usual
    build_dossier(secretary, world.ward)
    assert ticked(page_of(secretary, world.ward), "vb") == usual


def test_a_file_that_is_there_already_changes_the_ticks_as_well(
    world: World, secretary: Client, sent: list[int]
) -> None:
    """The run that answers is then another's, or an earlier one."""
    build_dossier(world.client(Role.WARD_HEAD), world.ward, "to-trinh")
    build_dossier(secretary, world.ward, "cong-van")
    build_dossier(secretary, world.ward, "to-trinh")
    assert ReportRun.objects.count() == 2
    assert ticked(page_of(secretary, world.ward), "vb") == {"to-trinh"}


def test_the_next_day_the_runs_still_say_what_was_ticked(
    world: World, secretary: Client, sent: list[int]
) -> None:
    build_dossier(secretary, world.ward, "cong-van", dang="zip")
    data = {"bieu": ["TH-1TE", "CMC-1"], "dang": "pdf"}
    secretary.post(place("forms_build", world.ward), data)
    book = {"so": "th", "to": world.hamlet.pk, "sinh": YEAR - 6}
    secretary.post(place("book_build", world.ward), book)
    page = page_of(signed_in(world.members[Role.WARD_SECRETARY]), world.ward)
    assert ticked(page, "vb") == {"cong-van"}
    assert chosen(page, "dang-ho-so") == "zip"
    assert ticked(page, "bieu") == {"TH-1TE", "CMC-1"}
    assert chosen(page, "dang") == "pdf"
    assert (chosen(page, "so"), chosen(page, "to")) == ("th", str(world.hamlet.pk))
    assert f'value="{YEAR - 6}"' in page


def test_nobody_sees_the_ticks_of_another(world: World, secretary: Client, sent: list[int]) -> None:
    usual = ticked(page_of(secretary, world.ward), "vb")
    build_dossier(secretary, world.ward, "cong-van")
    assert ticked(page_of(world.client(Role.WARD_HEAD), world.ward), "vb") == usual


def test_the_ticks_of_one_unit_are_not_those_of_another(world: World, sent: list[int]) -> None:
    add_person(
        make_form(world, hamlet=world.far_hamlet), 6, "Vũ Ở Xa", study_level=3, grade=1
    )  # fmt: skip
    city = world.client(Role.CITY_OFFICER)
    usual = ticked(page_of(city, world.far_ward), "vb")
    build_dossier(city, world.ward, "cong-van")
    assert ticked(page_of(city, world.ward), "vb") == {"cong-van"}
    assert ticked(page_of(city, world.far_ward), "vb") == usual


def test_what_was_refused_is_not_kept(world: World, secretary: Client, sent: list[int]) -> None:
    usual = ticked(page_of(secretary, world.ward), "vb")
    secretary.post(place("dossier_build", world.ward), {"mac-dinh": "to-trinh"})
    secretary.post(place("forms_build", world.ward), {"bieu": "KHONG-CO"})
    page = page_of(secretary, world.ward)
    assert ticked(page, "vb") == usual
    assert "TH-1TE" in ticked(page, "bieu")


def test_one_form_by_its_own_button_leaves_the_ticks(world: World, sent: list[int]) -> None:
    city = world.client(Role.CITY_OFFICER)
    data = {"bieu": ["TH-1TE", "CMC-1"], "mot": "TH-2:pdf", "dang": "xlsx"}
    city.post(place("forms_build", world.province), data)
    assert ReportRun.objects.get().options == {"codes": ["TH-2"]}
    assert ticked(page_of(city, world.province), "bieu") == {"TH-1TE", "CMC-1"}
    # As the page of one form asks for it.
    city.post(place("forms_build", world.province), {"mot": "TH-1TE:pdf"})
    assert ticked(page_of(city, world.province), "bieu") == {"TH-1TE", "CMC-1"}


def test_the_page_of_one_form_asks_for_that_form(world: World) -> None:
    city = world.client(Role.CITY_OFFICER)
    address = reverse("statistics_form", args=[world.province.pk, YEAR, "TH-1TE"])
    page = city.get(address).content.decode()
    assert 'name="mot" value="TH-1TE:xlsx"' in page
    assert 'name="bieu"' not in page


def test_the_set_last_chosen_is_chosen_again(world: World, sent: list[int]) -> None:
    city = world.client(Role.CITY_OFFICER)
    data = {"loai": "bieu-pdf", "so-lieu": "hien-co"}
    city.post(place("dossier_set", world.province), data)
    for client in (city, signed_in(world.members[Role.CITY_OFFICER])):
        page = page_of(client, world.province)
        assert (chosen(page, "loai"), chosen(page, "so-lieu")) == ("bieu-pdf", "hien-co")


def test_a_session_of_an_older_portal_does_no_harm(world: World, secretary: Client) -> None:
    session = secretary.session
    session["lap-tep"] = {f"{world.ward.pk}-{YEAR}": {"khong-con": 1, "born": "2019"}}
    session.save()
    assert 'value="2019"' in page_of(secretary, world.ward)


def test_a_session_keeps_the_latest_pages_alone(
    world: World, secretary: Client, sent: list[int]
) -> None:
    session = secretary.session
    session["lap-tep"] = {f"{number}-2000": {} for number in range(30)}
    session.save()
    build_dossier(secretary, world.ward, "cong-van")
    assert len(secretary.session["lap-tep"]) == 20
    assert ticked(page_of(secretary, world.ward), "vb") == {"cong-van"}


# --- A refused book ----------------------------------------------------------------------------


@pytest.mark.parametrize("born", ["abc", "19", "0000", "20 5", "２０１９", "-201"])
def test_what_is_no_year_is_refused_in_its_own_words_at_its_field(
    world: World, secretary: Client, born: str
) -> None:
    data = {"so": "xmc", "to": world.hamlet.pk, "sinh": born, "chot": "hien-co"}
    answer = secretary.post(place("book_build", world.ward), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert not ReportRun.objects.exists()
    assert f"Năm sinh đã ghi là “{born}”, không phải một năm" in page
    assert "năm sinh 0" not in page
    field = re.search(r'<input[^>]*id="sinh"[^>]*>', page)
    assert field is not None
    assert f'value="{born}"' in field[0]
    assert 'aria-invalid="true" aria-describedby="so-loi" autofocus' in field[0]
    assert (chosen(page, "so"), chosen(page, "to")) == ("xmc", str(world.hamlet.pk))
    assert 'value=""' not in field[0]


@pytest.mark.parametrize(
    ("data", "field", "sentence"),
    [
        ({"so": "th", "sinh": "1950"}, "sinh", "không có năm sinh 1950"),
        ({"so": "phieu", "sinh": "2019"}, "sinh", "không chọn năm sinh"),
        ({"so": "th", "to": "0", "sinh": "2019"}, "to", "không có tổ dân phố, thôn đã chọn"),
        ({"so": "khac"}, "so", "Không có sổ theo dõi “khac”"),
    ],
)
def test_a_refused_book_says_why_at_the_field_to_change(
    world: World, secretary: Client, data: dict[str, str], field: str, sentence: str
) -> None:
    answer = secretary.post(place("book_build", world.ward), data)
    assert answer.status_code == 422
    problem = answer.context["book_problem"]
    assert problem.field == field
    assert sentence in problem.sentence
    assert problem.sentence in answer.content.decode()
    assert answer.content.decode().count('"so-loi" autofocus') == 1


def test_a_ward_without_data_is_not_told_that_the_year_is_wrong(world: World) -> None:
    city = world.client(Role.CITY_OFFICER)
    answer = city.post(place("book_build", world.far_ward), {"so": "th", "sinh": "2019"})
    assert answer.context["book_problem"].field == "so"


def test_above_the_ward_a_book_is_refused_on_the_page(world: World) -> None:
    city = world.client(Role.CITY_OFFICER)
    answer = city.post(
        place("book_build", world.province), {"so": "th", "sinh": "abc"}, follow=True
    )
    assert answer.status_code == 200
    assert "không phải một năm" in answer.content.decode()


def test_from_a_refused_book_the_page_opens_with_what_is_asked(
    world: World, secretary: Client
) -> None:
    """The boxes and links of that page lead to its own address."""
    for name in ("dossier_build", "forms_build", "book_build", "dossier_set"):
        answer = secretary.get(place(name, world.ward), {"chot": "hien-co"})
        assert answer["Location"] == f"{place('dossier', world.ward)}?chot=hien-co"


def test_a_refused_book_keeps_the_ticks_of_the_dossier(
    world: World, secretary: Client, sent: list[int]
) -> None:
    build_dossier(secretary, world.ward, "cong-van")
    answer = secretary.post(place("book_build", world.ward), {"so": "th", "sinh": "abc"})
    assert ticked(answer.content.decode(), "vb") == {"cong-van"}
