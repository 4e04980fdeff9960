"""Somebody at a browser: signs in as people do, and finds no fault with any page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, Response, expect

from pcgd.accounts.models import User
from tests.accounts.factories import PASSWORD
from tests.journeys.screen import PC, ConsoleLog, faults_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
#: Two processors share the browser, the server and the other tests.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


class Visitor:
    """One person with a browser of their own. ``page`` is what they look at."""

    def __init__(
        self, browser: Browser, address: str, *, script: bool = True, **options: Any
    ) -> None:
        self.address = address
        self.script = script
        self.context = browser.new_context(
            locale="vi-VN",
            viewport=PC,  # type: ignore[arg-type]
            java_script_enabled=script,
            accept_downloads=True,
            **options,
        )
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.log = ConsoleLog(self.page)

    def is_signed_in(self, username: str) -> None:
        """Has signed in some time before; the browser kept the cookie."""
        client = Client()
        client.force_login(User.objects.get(username=username), backend=BACKEND)
        session = client.cookies[settings.SESSION_COOKIE_NAME]
        self.context.add_cookies(
            [{"name": session.key, "value": session.value, "url": self.address}]
        )
        self.goes_to("/")

    def sign_in(self, username: str) -> None:
        self.page.goto(f"{self.address}/dang-nhap/")
        self.page.get_by_label("Tên đăng nhập").fill(username)
        self.page.get_by_label("Mật khẩu").fill(PASSWORD)
        self.page.get_by_role("button", name="Đăng nhập").click()
        expect(self.page.get_by_role("navigation", name="Công việc", exact=True)).to_be_visible()

    def looks(self) -> None:
        """The page in front of them is fit for use, on a PC and on a phone."""
        self.page.wait_for_load_state()
        faults = faults_of(self.page) + self.log.errors
        assert not faults, "\n".join([f"{self.page.title()} ({self.page.url})", *faults])

    def goes_to(self, path: str) -> None:
        self.page.goto(self.address + path)

    def chooses(self, entry: str) -> None:
        """An entry of the work column."""
        column = self.page.get_by_role("navigation", name="Công việc", exact=True)
        with self.page.expect_navigation():
            column.get_by_role("link", name=entry).click()

    def follows(self, link: str) -> None:
        """A link to another page, which is loaded when this returns: what looks at a page while
        the next one arrives sees neither."""
        with self.page.expect_navigation():
            self.page.get_by_role("main").get_by_role("link", name=link).first.click()

    def uses(self, link: str) -> None:
        """A link that a script answers within the page."""
        self.page.get_by_role("main").get_by_role("link", name=link).first.click()

    def presses(self, button: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=button, exact=True).click()

    def confirms(self, button: str, *, label: str = "", text: str = "") -> None:
        """A button that asks back, the reason where it asks for one, and the answer yes."""
        self.presses(button)
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        if label:
            dialog.get_by_label(label).fill(text)
        dialog.get_by_role("button", name=button, exact=True).click()

    def person(self, name: str) -> Locator:
        """A person's line of the phiếu; “+” for a line that was just added."""
        return self.page.get_by_role("group", name=name)

    def sees(self, text: str) -> None:
        expect(self.page.get_by_role("main").get_by_text(text).first).to_be_visible()

    @contextmanager
    def answer(self) -> Iterator[list[Response]]:
        """The server's answers for pages while something is done: ``answers[0].status``."""
        answers: list[Response] = []

        def note(response: Response) -> None:
            if response.request.is_navigation_request():
                answers.append(response)

        self.page.on("response", note)
        yield answers
        self.page.wait_for_load_state()
        self.page.remove_listener("response", note)

    def close(self) -> None:
        self.context.close()


def value_of(place: Visitor | Locator, label: str) -> Any:
    root = place.page if isinstance(place, Visitor) else place
    return root.get_by_label(label, exact=True).first.input_value()
