"""The ASGI application, for servers that import it: `uvicorn server.main:app`."""

from server.app import create_app
from server.settings import load
from server.web.request_log import log_to_stdout

log_to_stdout()
app = create_app(load())
