"""What a browser may send about addresses of proposals and pages."""

from pydantic import Field

from server.people.forms import BaseForm


class PageForm(BaseForm):
    """A page to start, and the public id of the redesign it belongs to."""

    title: str = Field(default="", max_length=2000)
    redesign: str = Field(default="", max_length=26)


class MoveForm(BaseForm):
    """Another address for a text."""

    slug: str = Field(default="", max_length=200)
