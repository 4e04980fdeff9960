"""Addresses of signing in, choosing a unit, and managing accounts."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from pcgd.accounts import views, views_accounts, views_offline, views_sign_in_again
from pcgd.accounts.decorators import without_membership
from pcgd.accounts.forms import SignInForm

urlpatterns = [
    path(
        "dang-nhap/",
        LoginView.as_view(
            template_name="accounts/login.html",
            authentication_form=SignInForm,
            redirect_authenticated_user=True,
        ),
        name="login",
    ),
    path("dang-nhap/lai/", views_sign_in_again.sign_in_again, name="sign_in_again"),
    path("dang-xuat/", without_membership(LogoutView.as_view()), name="logout"),
    path("sw.js", views_offline.service_worker, name="service_worker"),
    path("mat-mang/", views_offline.offline_page, name="offline_page"),
    path("doi-mat-khau/", views.password_change, name="password_change"),
    path("chon-don-vi/", views.membership_choose, name="membership_choose"),
    path("quan-tri/tai-khoan/", views_accounts.accounts_list, name="accounts_list"),
    path("quan-tri/tai-khoan/moi/", views_accounts.accounts_create, name="accounts_create"),
    path("quan-tri/tai-khoan/phan-cong/", views_accounts.membership_grant, name="membership_grant"),
    path(
        "quan-tri/tai-khoan/<int:pk>/ket-thuc/",
        views_accounts.membership_end,
        name="membership_end",
    ),
    path(
        "quan-tri/tai-khoan/<int:pk>/mat-khau/",
        views_accounts.password_issue,
        name="password_issue",
    ),
]
