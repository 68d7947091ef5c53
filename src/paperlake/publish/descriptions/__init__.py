"""The files that describe a data set: for people, for citing, for machines."""
