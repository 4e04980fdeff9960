"""One field template for all forms: names, help and errors belong to their control."""

import re

import pytest
from django import forms

from pcgd.forms import StyledForm, StyledModelForm, widget_class


class ResidentForm(StyledForm):
    full_name = forms.CharField(label="Họ và tên", help_text="Viết đủ dấu.")
    born = forms.DateField(label="Ngày sinh")
    sex = forms.ChoiceField(label="Giới tính", choices=[("f", "Nữ"), ("m", "Nam")])
    residence = forms.ChoiceField(
        label="Cư trú", widget=forms.RadioSelect, choices=[("p", "Thường trú")]
    )
    checked = forms.BooleanField(label="Đã đối chiếu", required=False)
    note = forms.CharField(
        label="Ghi chú",
        widget=forms.Textarea(attrs={"class": "wide"}),
        error_messages={"required": "Xin ghi lý do."},
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def ids(html):
    return re.findall(r'\bid="([^"]+)"', html)


def test_fresh_form_has_labels_and_no_errors():
    html = str(ResidentForm())

    assert "error-summary" not in html
    assert 'for="id_full_name"' in html
    assert 'aria-describedby="id_full_name_helptext"' in html
    assert 'class="form-control"' in html
    assert 'class="form-select"' in html
    assert 'class="form-check-input"' in html
    assert 'class="wide form-control"' in html
    assert re.search(r'<input type="hidden" name="token"[^>]*>', html)


def test_errors_are_named_on_top_and_at_the_field_and_the_text_stays():
    html = str(ResidentForm({"full_name": "Nguyễn Thị Ánh", "born": "31/02/2019", "sex": "x"}))

    assert 'href="#id_born"' in html
    assert "Ngày sinh: Ngày chưa đúng" in html
    assert 'value="31/02/2019"' in html
    assert 'value="Nguyễn Thị Ánh"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_born_error"' in html
    assert 'id="id_born_error"' in html
    assert 'href="#id_residence"' in html
    assert 'id="id_residence"' in html


def test_no_id_is_used_twice():
    html = str(ResidentForm({}))

    assert len(ids(html)) == len(set(ids(html)))


def test_every_description_exists():
    html = str(ResidentForm({}))
    described = {
        name for text in re.findall(r'aria-describedby="([^"]+)"', html) for name in text.split()
    }

    assert described
    assert described <= set(ids(html))


def test_our_words_replace_djangos_but_not_the_forms_own():
    errors = ResidentForm({"sex": "x"}).errors

    assert errors["full_name"] == ["Chưa điền."]
    assert errors["residence"] == ["Chưa chọn."]
    assert errors["sex"] == ["Hãy chọn một mục có trong danh sách."]
    assert errors["note"] == ["Xin ghi lý do."]


def test_what_was_typed_is_escaped():
    html = str(ResidentForm({"full_name": '"><script>alert(1)</script>', "born": "x"}))

    assert "<script>" not in html


def test_errors_of_the_whole_form_come_first():
    form = ResidentForm({})
    form.add_error(None, "Phiếu đã khóa.")

    html = str(form)

    assert html.index("Phiếu đã khóa.") < html.index("Họ và tên: Chưa điền.")


@pytest.mark.parametrize(
    ("widget", "name"),
    [
        (forms.TextInput(), "form-control"),
        (forms.NullBooleanSelect(), "form-select"),
        (forms.SelectMultiple(), "form-select"),
        (forms.CheckboxInput(), "form-check-input"),
        (forms.RadioSelect(), ""),
        (forms.HiddenInput(), ""),
    ],
)
def test_class_of_each_widget(widget, name):
    assert widget_class(widget) == name


def test_model_form_can_name_its_model_for_the_type_checker():
    assert StyledModelForm[object] is StyledModelForm
