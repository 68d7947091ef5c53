"""Stages: the Stage object, the pipeline of stages, and the runner that alone commits."""
