"""Text digests: papers as labelled blocks, under Markdown headings, and as rows of Markdown tables."""
