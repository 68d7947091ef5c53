"""Settings of the embedder and of the store of vectors."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, SecretStr

LOCAL_KINDS = ("auto", "torch", "openvino")
"""Embedders that run a model's folder in this process, with vectors that are equal within 1e-5."""


class EmbedderSettings(BaseModel):
    """Settings of the embedder and of the store of vectors."""

    embedder: Literal["auto", "torch", "openvino", "http", "ray", "hashing"] = Field(
        "auto",
        description="Which kind of embedder computes the vectors; auto is the fastest of torch and openvino "
        "here, hashing is for tests only.",
    )
    embedder_model: str = Field(
        "bundled",
        description="bundled, a preset such as bge-small-en-v1.5, a folder with safetensors, or a hub name, "
        "which may end in @ and a revision; for http, the server's name of it.",
    )
    embedder_max_tokens: int = Field(256, gt=8, le=8192, description="Longer texts are cut, in tokens.")
    embedder_batch_tokens: int | None = Field(
        None, gt=0, description="Tokens of one forward pass, padding included; by device if not set."
    )
    embedder_device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="Where the model runs."
    )
    embedder_dtype: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="What the model computes in; auto is float32, but bfloat16 on CUDA."
    )
    embedder_url: str | None = Field(
        None, description="Of the http embedder: the address of /embeddings, like http://127.0.0.1:8080/v1."
    )
    embedder_model_id: str | None = Field(
        None, description="Of the http embedder: names model, weights, pooling and limit in the vector store."
    )
    embedder_dimension: int | None = Field(
        None,
        gt=0,
        description="Numbers of a vector: vectors are truncated to so many, which suits Matryoshka models; "
        "for http, what the server returns.",
    )
    embedder_api_key: SecretStr | None = Field(
        None, description="Of the http embedder: sent as a bearer token, shown nowhere."
    )
    embedder_http_batch: int = Field(32, gt=0, description="Of the http embedder: texts in one request.")
    embedder_concurrency: int = Field(4, gt=0, description="Of the http embedder: requests side by side.")
    embedder_timeout_seconds: float = Field(
        60.0, gt=0, description="Of the http embedder: how long the server may be silent."
    )
    embedder_retries: int = Field(
        5, ge=0, description="Of the http embedder: further tries of a request that failed."
    )
    embedder_ray_kind: Literal["auto", "torch", "openvino", "hashing"] = Field(
        "auto", description="Of the ray embedder: the kind that each worker runs."
    )
    embedder_ray_address: str | None = Field(
        None, description="Of the ray embedder: the cluster's address, or auto; if not set, one is started."
    )
    embedder_ray_workers: int | None = Field(
        None, gt=0, description="Of the ray embedder: workers; as many as fit if not set."
    )
    embedder_ray_worker_cpus: float = Field(
        1.0, ge=0, description="Of the ray embedder: CPU cores of one worker."
    )
    embedder_ray_worker_gpus: float = Field(0.0, ge=0, description="Of the ray embedder: GPUs of one worker.")
    embedder_part_rows: int = Field(
        2000, gt=0, description="Vectors in one part file: what a kill can lose at most."
    )
    embedder_store: Literal["float32", "float16"] = Field(
        "float32",
        description="How new vectors are stored: float16 halves the store and rounds each number.",
    )
    reembed: bool = Field(
        False,
        description="Whether a run may embed all papers again because the model is not the lake's; "
        "otherwise it asks, or fails.",
    )
