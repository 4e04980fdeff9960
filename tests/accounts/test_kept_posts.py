"""What is sent by a browser that is signed in no longer: a word, and where it goes."""

from __future__ import annotations

import pytest
from django.test import Client

from pcgd.accounts.kept_posts import OWNER_FIELD

pytestmark = pytest.mark.django_db

LOST = "Phiên làm việc đã hết nên lần gửi vừa rồi chưa được ghi."
KEPT = "Những gì bạn đã gõ còn được giữ"
URL = "/doi-mat-khau/"


def said(client: Client) -> str:
    return client.get("/dang-nhap/").content.decode()


def test_the_sign_in_page_says_that_nothing_was_written(client: Client) -> None:
    answer = client.post(URL, {"a": "b"})
    assert answer.status_code == 302
    page = said(client)
    assert LOST in page
    assert "bấm nút quay lại của trình duyệt" in page
    assert "kept_post" not in client.session


def test_a_page_that_says_whose_it_is_keeps_what_was_sent(client: Client) -> None:
    client.post(URL, {OWNER_FIELD: "1-1", "csrfmiddlewaretoken": "x", "a": ["b", "c"]})
    assert f"{LOST} {KEPT}" in said(client)
    kept = client.session["kept_post"]
    assert (kept["path"], kept["owner"]) == (URL, "1-1")
    assert kept["sent"] == [[OWNER_FIELD, ["1-1"]], ["a", ["b", "c"]]]


def test_sessions_are_not_filled_by_strangers(client: Client) -> None:
    client.post(URL, {OWNER_FIELD: "1-1", "a": "b" * 200_001})
    assert KEPT not in said(client)
    assert "kept_post" not in client.session


def test_opening_a_page_signing_out_and_scripts_lose_nothing(client: Client) -> None:
    client.get(URL)
    client.post("/dang-xuat/")
    client.post(URL, {"a": "b"}, headers={"Accept": "application/json"})
    assert LOST not in said(client)
