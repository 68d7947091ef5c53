"""Topics that live on: the model that is kept, refits that start from it, and what is filed in between."""
