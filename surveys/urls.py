"""Addresses of the survey: work lists, phiếu, units, hand-in."""

from django.urls import path

from surveys import (
    views_conditions,
    views_entry,
    views_forms,
    views_hamlets,
    views_hand_in,
    views_rates,
    views_residents,
    views_rounds,
    views_schools,
    views_unit,
)

UNIT = "don-vi/<int:unit_id>/<int:year>/"

urlpatterns = [
    path("", views_unit.home, name="home"),
    path("bang-dieu-hanh/", views_unit.dashboard, name="dashboard"),
    path("ban-giao/", views_unit.own_page, {"name": "hand_in"}, name="hand_in_own"),
    path("ho-so/", views_unit.own_page, {"name": "dossier"}, name="dossier_own"),
    path("phieu/", views_forms.form_list, name="form_list"),
    path("phieu/duyet/", views_forms.approve_many, name="approve_many"),
    path("phieu/ho-moi/", views_entry.household_create, name="household_create"),
    path("phieu/<int:form_id>/", views_entry.form_page, name="form_page"),
    path("phieu/<int:form_id>/xu-ly/", views_forms.form_action, name="form_action"),
    path("phieu/<int:form_id>/dong-moi/", views_entry.member_line, name="member_line"),
    path(UNIT, views_unit.unit_page, name="unit_page"),
    path(f"{UNIT}phan-bo/", views_rates.board_rates, name="board_rates"),
    path(f"{UNIT}so-lieu/<slug:code>/", views_unit.persons, name="persons"),
    path(f"{UNIT}ban-giao/", views_hand_in.hand_in, name="hand_in"),
    path(f"{UNIT}ban-giao/xu-ly/", views_hand_in.submission_action, name="submission_action"),
    path("nhan-khau/", views_residents.resident_list, name="resident_list"),
    path("truong-hoc/", views_schools.school_list, name="school_list"),
    path("truong-hoc/moi/", views_schools.school_edit, name="school_create"),
    path("truong-hoc/<int:school_id>/", views_schools.school_edit, name="school_edit"),
    path(
        "truong-hoc/<int:school_id>/dieu-kien/<int:year>/",
        views_conditions.school_conditions,
        name="school_conditions",
    ),
    path(f"{UNIT}dieu-kien/", views_conditions.conditions_overview, name="conditions_overview"),
    path("dia-ban/", views_hamlets.hamlet_list, name="hamlet_list"),
    path("dia-ban/moi/", views_hamlets.hamlet_create, name="hamlet_create"),
    path("dia-ban/lap-phieu/", views_hamlets.forms_prepare, name="forms_prepare"),
    path("dia-ban/phan-cong/<int:membership_id>/", views_hamlets.assign, name="assign"),
    path("dot-dieu-tra/", views_rounds.round_list, name="round_list"),
    path("dot-dieu-tra/mo/", views_rounds.round_open, name="round_open"),
    path("dot-dieu-tra/<int:round_id>/", views_rounds.round_edit, name="round_edit"),
]
