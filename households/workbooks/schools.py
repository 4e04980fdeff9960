"""Lists of schools in and out as files, for whoever runs the portal."""

from __future__ import annotations

from typing import Any

from import_export import fields, resources
from import_export.widgets import ForeignKeyWidget

from households.models import School, SchoolKind
from pcgd.territory.models import Tier, Unit


class WardWidget(ForeignKeyWidget):  # type: ignore[misc]  # untyped package
    """A ward by the code it bears today; raises ValueError with a Vietnamese sentence."""

    def __init__(self) -> None:
        super().__init__(Unit, field="code")

    def get_queryset(self, value: Any, row: Any, *args: Any, **kwargs: Any) -> Any:
        return Unit.objects.of_tier(Tier.WARD).filter(valid_to=None)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        code = str(value or "").strip().zfill(5)
        try:
            return super().clean(code, row, **kwargs)
        except Unit.DoesNotExist:
            raise ValueError(
                f"Cột “Mã xã/phường”: không có xã/phường nào đang mang mã “{value}”."
            ) from None


class SchoolResource(resources.ModelResource):  # type: ignore[misc]  # untyped package
    """Columns: mã trường, tên trường, loại trường, mã xã/phường. The code is the key."""

    code = fields.Field("code", "Mã trường")
    name = fields.Field("name", "Tên trường")
    kind = fields.Field("kind", "Loại trường")
    ward = fields.Field("ward", "Mã xã/phường", widget=WardWidget())

    class Meta:
        model = School
        fields = ("code", "name", "kind", "ward")
        import_id_fields = ("code",)
        skip_unchanged = True
        clean_model_instances = True

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        wanted = [field.column_name for field in self.get_import_fields()]
        missing = [name for name in wanted if name not in (dataset.headers or [])]
        if missing:
            seen = ", ".join(str(each) for each in dataset.headers or [] if each) or "không có"
            raise ValueError(
                f"Thiếu cột {', '.join(f'“{name}”' for name in missing)}; dòng đầu của tệp cần: "
                f"{', '.join(wanted)}. Đang thấy: {seen}."
            )

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        kind = str(row.get("Loại trường") or "").strip()
        if kind not in SchoolKind.values:
            choices = ", ".join(SchoolKind.values)
            raise ValueError(f"Cột “Loại trường”: thấy “{kind}”, cần một trong: {choices}.")
