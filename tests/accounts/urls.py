"""Accounts alone, with a plain page as home: these tests stand below every other app."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path

from pcgd.accounts.decorators import read_view
from pcgd.accounts.requests import ScopedRequest


@read_view
def home(request: ScopedRequest) -> HttpResponse:
    return render(request, "base.html")


urlpatterns = [path("", home, name="home"), path("", include("pcgd.accounts.urls"))]
