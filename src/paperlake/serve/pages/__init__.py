"""The pages: rendered by the server from templates, usable without JavaScript, with nothing from elsewhere."""
