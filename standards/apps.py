from django.apps import AppConfig
from django.core.checks import register


class StandardsConfig(AppConfig):
    name = "standards"
    verbose_name = "Tiêu chuẩn"

    def ready(self) -> None:
        # Here, since the checks import what may only be imported once the apps are known.
        from standards.checks import check_documents

        register(check_documents)
