from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "pcgd.territory"
    label = "territory"
    verbose_name = "Địa giới"
