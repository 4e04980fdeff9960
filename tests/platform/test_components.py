"""The frame and the parts of pages, rendered alone."""

import re
from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.template.loader import render_to_string

FRAME = {
    "nav": [{"url": "/", "label": "Việc của tôi", "icon": "home", "active": True}] * 5,
    "unit": SimpleNamespace(name="Phường Gia Viên"),
    "role": "Thư ký BCĐ xã/phường",
    "can_switch": False,
    "home_url": "/",
    "inbox_url": "",
    "user_name": "Nguyễn Thị Ánh",
    "username": "anhnt",
    "identity": "12-34",
    "is_demo": False,
    "round_label": "Đợt điều tra 2026",
    "days_left": 0,
    "inbox_count": 0,
    "search_url": "/tim/",
}


def part(name, **context):
    return render_to_string(f"components/_{name}.html", context)


def test_page_with_a_frame():
    html = render_to_string("base.html", {"frame": FRAME})

    assert '<html lang="vi">' in html
    assert 'class="skip-link" href="#noi-dung"' in html
    assert "Phường Gia Viên" in html
    assert "còn 0 ngày" in html
    assert "hư cấu" not in html
    assert "đổi vai trò" not in html


def test_demo_and_second_membership_are_shown():
    html = render_to_string("base.html", {"frame": {**FRAME, "is_demo": True, "can_switch": True}})

    assert "mọi người trong đây là hư cấu" in html
    assert "đổi vai trò" in html


def test_page_without_a_frame_is_one_card():
    html = render_to_string("base.html", {})

    assert 'class="centred"' in html
    assert "app__side" not in html


@pytest.mark.parametrize(
    "template",
    ["base.html", "400.html", "403.html", "404.html", "500.html", "503.html", "403_csrf.html"],
)
def test_pages_keep_the_content_security_policy(template):
    """No inline script, handler or style: the policy would silently drop them."""
    html = render_to_string(template, {"frame": FRAME})

    assert re.search(r"<script(?![^>]*\bsrc=)", html) is None
    assert re.search(r"\son[a-z]+=", html) is None
    assert "style=" not in html
    assert "<style" not in html


def test_refusal_shows_its_reason():
    html = render_to_string("403.html", {"exception": "Chỉ Trưởng BCĐ được khóa số liệu."})

    assert "Chỉ Trưởng BCĐ được khóa số liệu." in html


def test_meter_draws_with_dots_whatever_the_language():
    html = part(
        "meter", label="Trẻ 5 tuổi", value="98,62 %", percent=98.62, threshold=95, tone="ok"
    )

    assert 'width="98.62"' in html
    assert 'x1="95"' in html


def test_meter_without_threshold_or_data():
    html = part("meter", label="Trẻ 5 tuổi", value="–", percent=None, threshold=None, tone="none")

    assert 'width="0"' in html
    assert "meter__tick" not in html


def test_state_is_colour_sign_and_word():
    html = part("state_badge", label="Chưa đạt", tone="bad")

    assert "tone-bad" in html
    assert "#circle-x" in html
    assert "Chưa đạt" in html


def test_table_escapes_and_marks_heads():
    html = part(
        "table",
        caption="Hộ",
        columns=[{"label": "Tên"}, {"label": "Số người", "num": True, "sort": "ascending"}],
        rows=[{"cells": [{"text": "<b>Ánh</b>", "head": True}, {"text": "5", "num": True}]}],
    )

    assert "&lt;b&gt;Ánh" in html
    assert '<th scope="row">' in html
    assert 'aria-sort="ascending"' in html


def test_pagination_keeps_the_filter(rf):
    request = rf.get("/phieu/", {"to": "5", "page": "2"})

    html = part(
        "pagination", page=Paginator(range(1234), 50).page(2), request=request, noun="phiếu"
    )

    assert "51–100 trong 1.234 phiếu" in html
    assert "to=5" in html
    assert "page=3" in html


def test_pagination_of_nothing(rf):
    page = Paginator([], 50).page(1)

    html = part("pagination", page=page, request=rf.get("/"), noun="phiếu")

    assert "0–0 trong 0 phiếu" in html
    assert "Trang sau" not in html


def test_confirmation_asks_for_a_reason():
    html = part(
        "confirm",
        id="tra-lai",
        button="Trả lại",
        title="Trả lại phiếu?",
        text="Điều tra viên sẽ sửa.",
        action="/tra-lai/",
        csrf_token="x",
        comment_label="Lý do",
    )

    assert 'popovertarget="tra-lai"' in html
    assert 'name="comment"' in html
    assert 'name="csrfmiddlewaretoken" value="x"' in html
