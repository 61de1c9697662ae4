"""The forms a browser may send about the addresses of proposals and pages."""

from pydantic import Field

from server.web.forms import BaseForm


class PageForm(BaseForm):
    """The title of a new page, and the public id of its redesign."""

    title: str = Field(default="", max_length=2000)
    redesign: str = Field(default="", max_length=26)


class MoveForm(BaseForm):
    """The new slug of a document."""

    slug: str = Field(default="", max_length=200)
