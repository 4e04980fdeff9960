"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

admin.site.site_header = "Cổng phổ cập giáo dục, xóa mù chữ: vận hành"
admin.site.site_title = "Vận hành"
admin.site.index_title = "Danh mục"

handler500 = "pcgd.errors.server_error"

urlpatterns = [
    path("", include("surveys.urls")),
    path("", include("reports.urls")),
    path("", include("pcgd.accounts.urls")),
    # For whoever runs the portal: superusers only, no membership needed.
    path("quan-tri/he-thong/", admin.site.urls),
]
