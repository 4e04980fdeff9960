"""The portal's addresses, and one view that writes nothing: the floor of the typing bench."""

from django.http import HttpResponse, JsonResponse
from django.urls import path

from pcgd.accounts.decorators import write_view
from pcgd.accounts.requests import ScopedRequest
from pcgd.urls import urlpatterns as portal


@write_view
def empty(request: ScopedRequest) -> HttpResponse:
    return JsonResponse({})


handler500 = "pcgd.errors.server_error"
urlpatterns = [path("trong/", empty), *portal]
