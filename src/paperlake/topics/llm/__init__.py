"""Names and descriptions of topics by a language model: what is asked, checked, kept and published."""
