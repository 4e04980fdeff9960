"""Addresses of reports: dossiers, statistics forms, lists, papers."""

from django.urls import path

from reports import (
    place_choice,
    views,
    views_board,
    views_centre,
    views_check,
    views_compare,
    views_forms,
    views_lists,
    views_paper,
    views_texts,
)
from surveys.urls import MISSING, UNIT

urlpatterns = [
    path(
        "don-vi/<int:unit_id>/<int:year>/bang-tong-hop.xlsx",
        views_board.board_export,
        name="board_export",
    ),
    path(f"{UNIT}so-lieu/<slug:code>/tai/", views_lists.persons_file, name="persons_file"),
    path(f"{UNIT}{MISSING}tai/", views_lists.visits_file, name="visits_file"),
    path("bao-cao/chon/", place_choice.choose_place, name="choose_place"),
    path("don-vi/<int:unit_id>/<int:year>/ho-so/", views_centre.dossier, name="dossier"),
    path(
        "don-vi/<int:unit_id>/<int:year>/ho-so/loi-van/",
        views_texts.dossier_texts,
        name="dossier_texts",
    ),
    path(
        "don-vi/<int:unit_id>/<int:year>/ho-so/lap/",
        views_centre.dossier_build,
        name="dossier_build",
    ),
    path(f"{UNIT}ho-so/lap-bieu/", views_centre.forms_build, name="forms_build"),
    path(f"{UNIT}ho-so/lap-so/", views_centre.book_build, name="book_build"),
    path(f"{UNIT}bieu/<str:code>/", views_forms.statistics_form, name="statistics_form"),
    path(f"{UNIT}bieu/<str:code>/nguoi/", views_forms.form_cell_persons, name="form_cell_persons"),
    path(f"{UNIT}bieu/<str:code>/nguoi/tai/", views_forms.form_cell_file, name="form_cell_file"),
    path(
        f"{UNIT}bieu/<str:code>/tep/<slug:kind>/",
        views_forms.statistics_form_file,
        name="statistics_form_file",
    ),
    path(f"{UNIT}so-sanh/", views_compare.compare_versions, name="compare_versions"),
    path("kiem-chung/<str:token>/", views_check.dossier_check, name="dossier_check"),
    path("in/", views_paper.paper, name="paper"),
    path("in/phieu/", views_paper.paper_forms, name="paper_forms"),
    path("in/phieu-trong/", views_paper.paper_blank, name="paper_blank"),
    path("in/danh-sach/", views_paper.paper_visits, name="paper_visits"),
    path("in/giao-nhan/", views_paper.paper_handover, name="paper_handover"),
    path("ho-so/chay/<int:run_id>/", views.dossier_run, name="dossier_run"),
    path("ho-so/huy/<int:run_id>/", views.dossier_cancel, name="dossier_cancel"),
    path(
        "don-vi/<int:unit_id>/<int:year>/ho-so/lap-tung-don-vi/",
        views_centre.dossier_set,
        name="dossier_set",
    ),
    path("ho-so/lap-lai/<int:run_id>/", views.dossier_rebuild, name="dossier_rebuild"),
    path("ho-so/tai/<int:run_id>/", views.dossier_download, name="dossier_download"),
    path("ho-so/xem/<int:run_id>/", views.dossier_view, name="dossier_view"),
]
