"""What browsers need to go on without a line: the service worker, and the page it shows when
it has nothing else. Both are the same for everybody and hold nothing of anybody."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from pcgd.accounts.offline import IDENTITY_HEADER, kept_patterns

SOURCE = "sw.js"


@login_not_required
@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, with the addresses that it must know in front of it.

    Sent from the root, because a worker governs only what lies below its own address.
    """
    known = {
        "pages": kept_patterns(),
        "signIn": resolve_url("login"),
        "signOut": reverse("logout"),
        "offline": reverse("offline_page"),
        "static": settings.STATIC_URL,
        # A hashed name never changes its content; without hashes the network is asked first.
        "hashed": isinstance(staticfiles_storage, ManifestFilesMixin),
        "header": IDENTITY_HEADER,
    }
    source = Path(str(finders.find(SOURCE))).read_text(encoding="utf-8")
    return HttpResponse(
        f"self.PCGD = {json.dumps(known)};\n{source}",
        content_type="text/javascript; charset=utf-8",
        headers={"Service-Worker-Allowed": "/"},
    )


@login_not_required
@require_safe
def offline_page(request: HttpRequest) -> HttpResponse:
    """Shown instead of a page that is not on this device while there is no line."""
    return render(request, "accounts/offline.html")
