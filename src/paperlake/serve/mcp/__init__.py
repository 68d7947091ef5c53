"""The MCP server: tools and resources over the read layer, over a pipe and over HTTP."""
