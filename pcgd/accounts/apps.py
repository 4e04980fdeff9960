from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "pcgd.accounts"
    label = "accounts"
    verbose_name = "Tài khoản"
