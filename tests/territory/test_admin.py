from django.contrib.admin.sites import site
from django.test import RequestFactory

from pcgd.territory.models import AreaStatus, Unit


def test_units_are_looked_at_not_changed(rf: RequestFactory) -> None:
    admin = site.get_model_admin(Unit)
    request = rf.get("/")
    assert not admin.has_add_permission(request)
    assert not admin.has_change_permission(request)
    assert not admin.has_delete_permission(request)


def test_units_and_statuses_are_found_by_code_and_name() -> None:
    assert site.get_model_admin(Unit).search_fields == ("=code", "name")
    assert "=unit__code" in site.get_model_admin(AreaStatus).search_fields
