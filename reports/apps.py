from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "Báo cáo, hồ sơ"

    def ready(self) -> None:
        from reports.forms.record import frozen_forms
        from surveys.freeze import freeze_also

        freeze_also("forms", frozen_forms)
