"""`paperlake serve`: pages, JSON API and feeds over HTTP, read-only over the published warehouse.

FastAPI and uvicorn are the extra `serve`. `running.py` is the way in; the command alone imports this package.
"""
