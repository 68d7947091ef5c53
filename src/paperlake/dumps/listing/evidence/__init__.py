"""Evidence that a text is a listing of papers."""
