from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Báo cáo, hồ sơ"

    def ready(self) -> None:
        from reports import dossier, dossier_tables
        from reports.forms.record import frozen_forms
        from surveys.freeze import freeze_also

        freeze_also("forms", frozen_forms)
        freeze_also("records", dossier_tables.frozen_records)
        for group, provider in (
            (dossier.Group.FORMS, dossier_tables.form_documents),
            (dossier.Group.RECORDS, dossier_tables.list_documents),
            (dossier.Group.BOOKS, dossier_tables.book_documents),
        ):
            dossier.register_documents(group, provider)
