"""Find the papers nearest to each paper: exactly in small lakes, by an inverted file in large ones.

`update.py` is the way in: it compares the papers with those of the last run, and gives the lists that change.
No stage, file or table of the lake is known here but the columns of `similar_papers`.
"""
