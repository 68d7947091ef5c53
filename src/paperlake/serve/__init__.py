"""`paperlake serve`: pages, JSON API, feeds and MCP over HTTP, read-only; `paperlake mcp`: MCP over a pipe.

FastAPI, uvicorn and the MCP SDK are the extra `serve`. `running.py` and `mcp/running.py` are the ways in; the
commands alone import this package.
"""
