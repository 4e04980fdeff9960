"""The queue in the browser, against a server whose answers each test writes itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from pcgd.accounts.roles import Role
from tests.journeys.conftest import Enter
from tests.journeys.people import PATIENCE
from tests.journeys.world import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Answer = Callable[[dict[str, Any]], tuple[int, dict[str, Any]] | None]

_LISTEN = """() => {
  window.heard = [];
  for (const name of ["pcgd:cell", "pcgd:form", "pcgd:refused", "pcgd:signedout"]) {
    document.addEventListener(name, ({ detail }) => heard.push({ name, ...detail }));
  }
}"""
#: Until letSend() is called.
HOLD_SENDING = """() => new Promise((held) => {
  navigator.locks.request(`pcgd-queue-${pcgd.queueStore.user}`, () => {
    held();
    return new Promise((done) => { window.letSend = done; });
  });
})"""
_PUT = """([form, cells]) => Promise.all(cells.map(([line, field, base, value, more]) => (
  pcgd.queue.put({ form, url: `/phieu/${form}/o/`, line, field, base, value, ...more }))))"""


def saved(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    cells = [
        {"line": each["line"], "field": each["field"], "result": "saved", "value": each["value"]}
        for each in body["changes"]
    ]
    return {"version": 2, "saved_at": "20:41", "lines": {}, "cells": cells, "notes": [], **more}


class Server:
    """What the page sent, and what it is answered; None: the line breaks before the answer."""

    def __init__(self, page: Page) -> None:
        self.sent: list[dict[str, Any]] = []
        self.answer: Answer = lambda body: (200, saved(body))
        page.route("**/phieu/*/o/", self._handle)

    def _handle(self, route: Route) -> None:
        body = json.loads(route.request.post_data or "")
        body["form"] = route.request.url.split("/")[-3]
        body["headers"] = route.request.headers
        self.sent.append(body)
        answer = self.answer(body)
        if answer is None:
            route.abort("connectionreset")
        else:
            route.fulfill(status=answer[0], json=answer[1])

    def values(self) -> list[list[str]]:
        return [[each["value"] for each in body["changes"]] for body in self.sent]


class Desk:
    """A page with the queue, outside any phiếu."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.server = Server(page)
        page.evaluate(_LISTEN)

    def put(self, *cells: list[Any], form: str = "7") -> None:
        self.page.evaluate(_PUT, [form, cells])

    def flush(self) -> None:
        self.page.evaluate("() => pcgd.queue.flush()")

    def holds_sending(self) -> None:
        """As while another window sends."""
        self.page.evaluate(HOLD_SENDING)

    def lets_send(self) -> None:
        self.page.evaluate("() => letSend()")

    def heard(self, name: str = "pcgd:cell") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("() => heard")
        return [each for each in found if each["name"] == name]

    def pending(self, form: str = "7") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("(f) => pcgd.queue.pending(f)", form)
        return found

    def left(self) -> int:
        return int(self.page.evaluate("() => pcgd.queue.waiting()"))

    def reload(self) -> None:
        self.page.reload()
        self.page.evaluate(_LISTEN)

    def until_left(self, count: int) -> None:
        deadline = monotonic() + 4 * PATIENCE / 1000
        while (left := self.left()) != count:
            assert monotonic() < deadline, f"{left} left, not {count}"
            self.page.wait_for_timeout(50)


@pytest.fixture
def desk(enter: Enter, town: Town) -> Desk:
    # Requests through a service worker escape the route on which these tests answer.
    teacher = enter(Role.ENUMERATOR, service_workers="block")
    teacher.goes_to("/nhan-khau/")
    return Desk(teacher.page)


def test_cells_go_once_in_order_with_who_sends_them(desk: Desk) -> None:
    desk.put(["m1", "full_name", "A", "B"], ["m1", "birth", "", "2019"], ["h", "phone", "", "09"])
    desk.until_left(0)

    assert desk.server.values() == [["B", "2019", "09"]]
    headers = desk.server.sent[0]["headers"]
    assert headers["x-pcgd-user"]
    assert headers["x-csrftoken"]
    states = [each["state"] for each in desk.heard() if each["field"] == "birth"]
    assert states == ["waiting", "sending", "saved"]
    assert desk.heard("pcgd:form")[0]["version"] == 2


def test_a_lost_answer_is_asked_for_again_under_the_same_key(desk: Desk) -> None:
    """Also when the page was reloaded meanwhile, and something newer was typed."""
    desk.server.answer = lambda body: None
    desk.put(["m1", "full_name", "A", "B"])
    desk.page.wait_for_function("() => heard.some((each) => each.state === 'offline')")
    desk.put(["m1", "full_name", "A", "C"], ["m1", "birth", "", "2019"])
    desk.reload()
    assert [each["value"] for each in desk.pending()] == ["C", "2019"]

    desk.server.answer = lambda body: (200, saved(body))
    desk.flush()
    desk.until_left(0)

    keys = [body["key"] for body in desk.server.sent]
    first = [body for body in desk.server.sent if body["key"] == keys[0]]
    assert all(body["changes"] == first[0]["changes"] for body in first)
    newer = [body for body in desk.server.sent if body["key"] != keys[0]]
    # What was just saved is what the newer value is laid over.
    assert [[(c["base"], c["value"]) for c in body["changes"]] for body in newer] == [
        [("B", "C"), ("", "2019")]
    ]


def test_each_phieu_is_sent_by_itself_and_one_does_not_hold_back_another(desk: Desk) -> None:
    desk.server.answer = lambda body: (503, {}) if body["form"] == "7" else (200, saved(body))
    desk.put(["m1", "full_name", "A", "B"], form="7")
    desk.put(["m9", "full_name", "C", "D"], form="8")
    desk.until_left(1)

    assert {body["form"] for body in desk.server.sent} == {"7", "8"}
    assert desk.pending("8") == []
    state = desk.page.locator("[data-save-state=bar]")
    expect(state).to_have_text("Máy chủ bận: 1 thay đổi chờ gửi")


def test_a_page_that_goes_before_the_browser_has_written_loses_nothing(desk: Desk) -> None:
    """A tab closed, or a reload, the moment after a cell was left; on a slow disk later still."""
    noted = "() => Object.keys(localStorage).filter((name) => name.startsWith('pcgd-typed-'))"
    desk.page.evaluate("() => { pcgd.queueStore.put = () => new Promise(() => {}); }")
    for value in ("B", "C"):
        desk.page.evaluate(
            "(value) => { pcgd.queue.put({ form: '7', url: '/phieu/7/o/', line: 'm1',"
            " field: 'full_name', base: 'A', value }); }",
            value,
        )
    # Left by somebody else, and by something broken: neither is sent, neither is in the way.
    mine, others = "pcgd-typed-${pcgd.queueStore.user}-0", "pcgd-typed-987654-1-0"
    desk.page.evaluate(f"() => localStorage.setItem(`{mine}`, '{{')")
    desk.page.evaluate(f"() => localStorage.setItem('{others}', '{{}}')")
    desk.server.answer = lambda body: None
    desk.reload()
    assert [each["value"] for each in desk.pending()] == ["C"]
    assert desk.page.evaluate(noted) == [others]

    desk.server.answer = lambda body: (200, saved(body))
    desk.flush()
    desk.until_left(0)
    assert desk.server.values()[-1] == ["C"]
    desk.put(["m1", "birth", "", "2019"])
    desk.until_left(0)
    assert desk.page.evaluate(noted) == [others]


def test_going_back_to_what_is_stored_leaves_nothing_to_send(desk: Desk) -> None:
    desk.holds_sending()
    desk.put(["m1", "full_name", "A", "B"])
    desk.until_left(1)
    desk.put(["m1", "full_name", "B", "A"])
    desk.until_left(0)
    desk.lets_send()
    desk.flush()
    assert desk.server.sent == []


def test_what_is_typed_while_it_is_sent_goes_next(desk: Desk) -> None:
    # The change arrives in the store between the request and its answer.
    desk.page.evaluate(
        """() => { const real = fetch; window.fetch = async (...all) => {
             const answer = real(...all);
             if (all[1]?.method === "POST" && !window.once) {
               window.once = 1;
               await pcgd.queue.put({ form: "7", url: "/phieu/7/o/", line: "m1",
                 field: "full_name", base: "A", value: "C" });
             }
             return answer; }; }"""
    )
    desk.put(["m1", "full_name", "A", "B"])
    desk.until_left(0)

    assert [(c["base"], c["value"]) for body in desk.server.sent for c in body["changes"]] == [
        ("A", "B"),
        ("B", "C"),
    ]


def test_a_new_person_is_sent_whole_until_known_then_by_their_number(desk: Desk) -> None:
    def answer(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        given = {each["field"] for each in body["changes"]}
        if body["changes"][0]["line"] == "m881":
            return 200, saved(body)
        if {"full_name", "birth"} <= given:
            return 200, saved(body, lines={"n3f2": "m881"})
        whole = saved(body)
        for cell in whole["cells"]:
            cell["result"] = "waiting"
        return 200, whole

    desk.server.answer = answer
    desk.put(["n3f2", "full_name", "", "Lê Bé"])
    desk.page.wait_for_function("() => heard.some((each) => each.name === 'pcgd:form')")
    assert [each["state"] for each in desk.pending()] == ["waiting"]
    desk.reload()
    desk.put(["n3f2", "birth", "", "2020"])
    desk.until_left(0)
    desk.put(["n3f2", "phone", "", "0912345678"])
    desk.until_left(0)

    assert [[(c["line"], c["field"]) for c in body["changes"]] for body in desk.server.sent] == [
        [("n3f2", "full_name")],
        [("n3f2", "full_name"), ("n3f2", "birth")],
        [("m881", "phone")],
    ]


def test_wrong_cells_and_conflicts_stay_until_mended_or_dropped(desk: Desk) -> None:
    def answer(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        whole = saved(body)
        for cell in whole["cells"]:
            if cell["value"] == "31/02/2019":
                cell |= {"result": "invalid", "value": "", "message": "Không có ngày 31/02."}
            if cell["field"] == "full_name" and cell["value"] != "D":
                cell |= {"result": "conflict", "value": "C", "by": "Bà Hai", "at": "20:40"}
        return 200, whole

    desk.server.answer = answer
    desk.put(
        ["m1", "full_name", "A", "B"], ["m1", "birth", "", "31/02/2019"], ["h", "phone", "", "09"]
    )
    desk.until_left(2)
    expect(desk.page.locator("[data-save-state=bar]")).to_have_text("2 ô cần sửa")
    desk.reload()

    name, birth = desk.pending()
    assert (name["state"], name["value"], name["theirs"], name["by"]) == (
        "conflict",
        "B",
        "C",
        "Bà Hai",
    )
    assert (birth["state"], birth["value"]) == ("invalid", "31/02/2019")
    assert birth["message"] == "Không có ngày 31/02."
    sent = len(desk.server.sent)
    desk.flush()
    assert len(desk.server.sent) == sent, "wrong cells are not sent again by themselves"

    desk.put(["m1", "birth", "", "28/02/2019"], ["m1", "full_name", "C", "D", {"force": True}])
    desk.until_left(0)
    last = {c["field"]: c for body in desk.server.sent[sent:] for c in body["changes"]}
    assert last["full_name"]["force"] is True
    assert last["full_name"]["base"] == "C"


def test_a_refusal_keeps_what_was_typed_with_its_reason(desk: Desk) -> None:
    why = "Bà Trưởng ban đã khóa số liệu."
    desk.server.answer = lambda body: (403, {"error": why, "locked": True})
    desk.put(["m1", "full_name", "A", "Lê Thị Bích"])
    desk.page.wait_for_function("() => heard.some((each) => each.name === 'pcgd:refused')")

    assert desk.heard("pcgd:refused")[0] | {"name": ""} == {
        "name": "", "form": "7", "error": why, "locked": True,
    }  # fmt: skip
    desk.reload()
    assert [(each["state"], each["message"]) for each in desk.pending()] == [("invalid", why)]
    desk.page.locator("[data-save-state=bar] button").click()
    panel = desk.page.get_by_role("dialog", name="Thay đổi trên máy này")
    expect(panel).to_contain_text(why)
    expect(panel).to_contain_text("Lê Thị Bích")

    # Opened again by the ward: the same words go, at the person's own word.
    desk.server.answer = lambda body: (200, saved(body))
    panel.get_by_role("button", name="Thử gửi lại").click()
    desk.until_left(0)
    assert desk.server.values()[-1] == ["Lê Thị Bích"]


def test_what_was_refused_goes_only_by_the_persons_own_hand(desk: Desk) -> None:
    desk.server.answer = lambda body: (404, {"error": "Không có phiếu này."})
    desk.put(["m1", "full_name", "A", "B"])
    desk.page.wait_for_function("() => heard.some((each) => each.name === 'pcgd:refused')")
    desk.page.locator("[data-save-state=bar] button").click()
    panel = desk.page.get_by_role("dialog", name="Thay đổi trên máy này")

    panel.get_by_role("button", name="Bỏ", exact=True).click()
    assert desk.left() == 1
    panel.get_by_role("button", name="Bỏ hẳn, không lấy lại được").click()

    desk.until_left(0)


def test_one_senseless_change_does_not_hold_back_the_others(desk: Desk) -> None:
    def answer(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if any(each["field"] == "no_such" for each in body["changes"]):
            return 400, {"error": "Không có ô “no_such”."}
        return 200, saved(body)

    desk.server.answer = answer
    desk.put(["m1", "full_name", "A", "B"], ["m1", "no_such", "", "x"], ["m1", "birth", "", "2019"])
    desk.until_left(1)

    assert [each["field"] for each in desk.pending()] == ["no_such"]
    assert ["B"] in desk.server.values()
    assert ["2019"] in desk.server.values()


def test_more_than_one_batch_holds_goes_in_several(desk: Desk) -> None:
    desk.holds_sending()
    desk.put(*[[f"m{n}", "full_name", "", f"Người {n}"] for n in range(1203)])
    desk.until_left(1203)
    desk.lets_send()
    desk.flush()
    desk.until_left(0)

    assert [len(values) for values in desk.server.values()] == [500, 500, 203]
    assert [v for values in desk.server.values() for v in values] == [
        f"Người {n}" for n in range(1203)
    ]


def test_two_windows_send_each_change_once(desk: Desk) -> None:
    other_page = desk.page.context.new_page()
    server = Server(other_page)
    other_page.goto(desk.page.url)
    other = Desk.__new__(Desk)
    other.page, other.server = other_page, server
    other_page.evaluate(_LISTEN)
    for number in range(10):
        desk.put(["m1", f"field{number}", "", "a"])
        other.put(["m2", f"field{number}", "", "b"])
    desk.until_left(0)

    sent = [
        (each["line"], each["field"])
        for body in (*desk.server.sent, *server.sent)
        for each in body["changes"]
    ]
    assert sorted(sent) == sorted({*sent})
    assert len(sent) == 20
    # Both windows hear of it, whichever of them sent it.
    for window in (desk, other):
        heard = {(e["line"], e["field"]) for e in window.heard() if e["state"] == "saved"}
        assert len(heard) == 20


def test_line_down_is_told_and_heard_of_again(desk: Desk) -> None:
    state = desk.page.locator("[data-save-state=bar]")
    desk.server.answer = lambda body: None
    desk.put(["m1", "full_name", "A", "B"], ["m1", "birth", "", "2019"])
    expect(state).to_have_text("Chờ mạng: 2 thay đổi")
    assert {each["state"] for each in desk.heard()} >= {"offline"}

    # Nobody presses anything: it is tried again by itself.
    desk.server.answer = lambda body: (200, saved(body))
    desk.until_left(0)
    expect(state).to_be_hidden()
    assert {tuple(values) for values in desk.server.values()} == {("B", "2019")}


def test_a_new_person_taken_off_while_on_their_way_does_not_stay(desk: Desk) -> None:
    desk.server.answer = lambda body: None
    desk.put(["n3f2", "full_name", "", "Ghi Nhầm"], ["n3f2", "birth", "", "2019"])
    desk.page.wait_for_function("() => heard.some((each) => each.state === 'offline')")
    for field in ("full_name", "birth"):
        desk.page.evaluate("(field) => pcgd.queue.drop('7', 'n3f2', field)", field)

    desk.server.answer = lambda body: (200, saved(body, lines={"n3f2": "m881"}))
    desk.flush()
    desk.until_left(0)

    assert [(c["line"], c["field"]) for body in desk.server.sent[-1:] for c in body["changes"]] == [
        ("m881", "remove")
    ]
