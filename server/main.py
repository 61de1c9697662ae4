"""The ASGI application, for servers that import it: `uvicorn server.main:app`."""

from server.app import create_app
from server.settings import load

app = create_app(load())
