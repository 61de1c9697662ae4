"""Screens of writing: the editor, the review before a version comes out, texts put together, a candidate as a form."""

from server.publishing.routes.candidates import router as candidates
from server.publishing.routes.editor import router as editor
from server.publishing.routes.places import router as places
from server.publishing.routes.review import router as review
from server.publishing.routes.stages import router as stages
from server.publishing.routes.taking import router as taking

ROUTERS = (places, editor, review, candidates, taking, stages)
