"""What was typed goes back into the right fields of any form, and into no other."""

import pytest
from bs4 import BeautifulSoup

from accounts.form_filling import fill

PAGE = """<!DOCTYPE html><html><body><main>
<form method="get" action="/case/"><input name="q" value="kept"></form>
<form method="post" action="/sign-out/"><input type="hidden" name="csrfmiddlewaretoken" value="fresh"></form>
<form method="post" novalidate>
  <input type="hidden" name="csrfmiddlewaretoken" value="fresh">
  <input type="hidden" name="version" value="7">
  <input name="title" value="old &amp; stored" maxlength="80">
  <input name="title_2">
  <textarea name="facts" rows="3">
old</textarea>
  <select name="country"><option value="">-</option><option value="NO" selected>Norway</option><option value="IE">Ireland</option></select>
  <input type="radio" name="way" value="post" checked><input type="radio" name="way" value="">
  <input type="checkbox" name="kinds" value="a" checked><input type="checkbox" name="kinds" value="b">
  <input type="checkbox" name="agreed">
  <input name="line"><input name="line">
  <input type="password" name="secret"><input type="file" name="document">
  <button name="action" value="save">Save</button>
</form>
<input name="outside" form="elsewhere">
<form method="post" action="other/?x=1" id="elsewhere"><textarea name="facts"></textarea></form>
</main></body></html>"""  # noqa: E501
TYPED = [
    ("csrfmiddlewaretoken", "stale"), ("version", "6"), ("title", 'A "title" & <b>'),
    ("facts", "line 1\r\n</textarea>&amp;"),
    ("country", "IE"), ("way", ""), ("kinds", "b"), ("agreed", "on"), ("line", "1"), ("line", "2"), ("line", "3"),
    ("secret", "never"), ("action", "save"), ("gone", "Typed into a field that is gone"), ("empty", " "),
]  # fmt: skip


def form_of(html: str, number: int = 2):
    return BeautifulSoup(html, "html.parser").find_all("form")[number]


def filled(page="/case/", path="/case/", values=TYPED):
    return fill(PAGE, page=page, path=path, values=values)


def test_every_kind_of_field():
    form = form_of(filled().html)
    assert form.select_one("[name=title]")["value"] == 'A "title" & <b>'
    assert form.select_one("[name=title]")["maxlength"] == "80"
    assert "value" not in form.select_one("[name=title_2]").attrs
    assert form.select_one("[name=facts]").get_text().strip() == "line 1\r\n</textarea>&amp;"
    assert [option["value"] for option in form.select("option[selected]")] == ["IE"]
    assert [radio["value"] for radio in form.select("[name=way][checked]")] == [""]
    assert [box["value"] for box in form.select("[name=kinds][checked]")] == ["b"]
    assert form.select_one("[name=agreed][checked]")
    assert [line["value"] for line in form.select("[name=line]")] == ["1", "2"]


def test_the_version_that_was_seen_comes_back_and_the_token_does_not():
    form = form_of(filled().html)
    assert form.select_one("[name=version]")["value"] == "6"
    assert form.select_one("[name=csrfmiddlewaretoken]")["value"] == "fresh"


def test_no_password_and_no_file_is_filled_in():
    form = form_of(filled().html)
    assert "value" not in form.select_one("[name=secret]").attrs
    assert "value" not in form.select_one("[name=document]").attrs


def test_other_forms_and_the_rest_of_the_page_stay_as_they_are():
    html = filled().html
    assert form_of(html, 0) == form_of(PAGE, 0)
    assert form_of(html, 1) == form_of(PAGE, 1)
    assert form_of(html, 3) == form_of(PAGE, 3)
    assert html.startswith(PAGE[:200])
    assert html.endswith(PAGE[-120:])


def test_what_has_no_field_any_more_is_left_over():
    assert filled().left_over == [("gone", "Typed into a field that is gone")]


def test_a_relative_address_and_fields_outside_their_form():
    result = filled(path="/case/other/", values=[("facts", "there"), ("outside", "too")])
    page = BeautifulSoup(result.html, "html.parser")
    assert page.select_one("#elsewhere [name=facts]").get_text().strip() == "there"
    assert page.select_one("[name=outside]")["value"] == "too"
    assert form_of(result.html) == form_of(PAGE)


@pytest.mark.parametrize("path", ["/", "/case/x/", "/sign-out"])
def test_no_such_form(path):
    result = filled(path=path)
    assert (result.found, result.html) == (False, PAGE)
    assert ("title", 'A "title" & <b>') in result.left_over


def test_of_several_forms_to_one_address_the_one_with_the_fields():
    html = '<form method="post"><input name="remove"></form><form method="post"><input name="name"></form>'
    result = fill(html, page="/x/", path="/x/", values=[("name", "Typed")])
    assert 'name="name" value="Typed"' in result.html
    assert 'name="remove" value' not in result.html


def test_windows_lines_and_strange_separators_do_not_shift_it():
    html = (
        "<p>\u2028\x0b\r\n\r\n</p>\r\n<form method='post'>\r\n<input name=a>\u2028<textarea name=b>x</textarea></form>"
    )
    result = fill(html, page="/x/", path="/x/", values=[("a", "1"), ("b", "2")])
    assert '<input name="a" value="1">\u2028<textarea name=b>\n2</textarea></form>' in result.html
