"""What scripts are answered, whatever happens: JSON with a sentence."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.test import RequestFactory

from pcgd.accounts.json_answers import LockedError, json_answers
from pcgd.accounts.models import User


def asked(raised: Exception | None = None, answer: HttpResponse | None = None) -> Any:
    """(status, content) of a view that raises, or answers; asked by somebody with a unit."""

    @json_answers
    def view(request: HttpRequest) -> HttpResponse:
        if raised is not None:
            raised.args = raised.args or ("",)
            raise raised
        return answer or JsonResponse({"ok": True})

    request = RequestFactory().post("/")
    request.user = User(username="thu")
    cast("Any", request).scope = object()
    found = view(request)
    assert found.headers["Content-Type"] == "application/json"
    return found.status_code, json.loads(cast("HttpResponse", found).content)


def test_an_answer_of_the_view_is_left_alone() -> None:
    assert asked() == (200, {"ok": True})


@pytest.mark.parametrize(
    ("raised", "status", "content"),
    [
        (PermissionDenied("Không được."), 403, {"error": "Không được.", "locked": False}),
        (LockedError("Đã khóa."), 403, {"error": "Đã khóa.", "locked": True}),
        (Http404("Không có."), 404, {"error": "Không có."}),
        (BadRequest("Sai."), 400, {"error": "Sai."}),
    ],
)
def test_a_refusal_keeps_its_sentence(
    raised: Exception, status: int, content: dict[str, Any]
) -> None:
    assert asked(raised) == (status, content)


@pytest.mark.parametrize(
    ("raised", "status"),
    [(PermissionDenied(), 403), (Http404(), 404), (BadRequest(), 400),
     (SuspiciousOperation("Request body exceeded settings"), 400)],
)  # fmt: skip
def test_a_refusal_without_words_gets_some_in_vietnamese(raised: Exception, status: int) -> None:
    found, content = asked(raised)
    assert found == status
    assert content["error"].endswith(".")
    assert "settings" not in content["error"]


def test_a_busy_database_asks_to_come_again(caplog: pytest.LogCaptureFixture) -> None:
    status, content = asked(OperationalError("database is locked"))
    assert status == 503
    assert "chưa lưu được gì" in content["error"]
    assert "locked" not in content["error"]
    assert "did not answer" in caplog.text


def test_a_wrong_method_is_said_in_json() -> None:
    status, content = asked(answer=HttpResponseNotAllowed(["POST"]))
    assert status == 405
    assert content["error"]


def test_a_fault_of_the_code_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        asked(ZeroDivisionError())


def test_nobody_gets_past_who_is_not_ready() -> None:
    @json_answers
    def view(request: HttpRequest) -> HttpResponse:
        raise AssertionError("the view was asked")

    request = RequestFactory().post("/")
    request.user = AnonymousUser()
    assert view(request).status_code == 401
    request.user = User(username="thu")
    assert view(request).status_code == 403, "no unit chosen"
    request.user = User(username="thu", must_change_password=True)
    cast("Any", request).scope = object()
    assert view(request).status_code == 403, "an issued password"
