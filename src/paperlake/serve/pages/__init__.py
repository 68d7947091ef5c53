"""The pages: rendered by the server from templates, without JavaScript, with nothing from elsewhere."""
