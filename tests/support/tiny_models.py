"""Write tiny encoders with random weights of each architecture, laid out as sentence-transformers does."""

import json
import shutil

from paperlake.embedding.kinds.model_folder import bundled_folder

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
VOCABULARY = {"vocab_size": 30_522, "pad_token_id": 0}  # of the bundled tokenizer, which all of them use
CAUSAL = {**SIZES, **VOCABULARY, "num_key_value_heads": 1, "head_dim": 16}
ARCHITECTURES = {  # the class of the configuration, its values, and the pooling of the preset
    "bert": ("BertConfig", {**SIZES, **VOCABULARY}, "cls"),
    "xlm-roberta": ("XLMRobertaConfig", {**SIZES, "vocab_size": 30_522, "pad_token_id": 1}, "mean"),
    "modernbert": (
        "ModernBertConfig",
        # Of three layers, one attends to all tokens and two to the 8 on either side.
        {**SIZES, **VOCABULARY, "num_hidden_layers": 3, "local_attention": 16},
        "cls",
    ),
    "qwen3": ("Qwen3Config", CAUSAL, "last"),
    "gemma3_text": (
        "Gemma3TextConfig",
        {**CAUSAL, "use_bidirectional_attention": True, "sliding_window": 16, "query_pre_attn_scalar": 16},
        "mean",
    ),
}
POOLINGS = {
    "cls": "pooling_mode_cls_token",
    "last": "pooling_mode_lasttoken",
    "mean": "pooling_mode_mean_tokens",
}
DENSE = (64, 32)  # numbers of the vectors after each matrix of EmbeddingGemma, here smaller


def write_tiny_model(path, architecture, pooling=None, prompts=None, is_dense=False):
    """Write a model into a folder and return it as transformers' own object, and its matrices."""
    import torch
    import transformers
    from safetensors.torch import save_file

    kind, values, usual = ARCHITECTURES[architecture]
    torch.manual_seed(0)
    model = transformers.AutoModel.from_config(getattr(transformers, kind)(**values)).eval()
    model.save_pretrained(path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(bundled_folder() / name, path)
    modules = ["Transformer", "Pooling", *(["Dense"] * 2 if is_dense else []), "Normalize"]
    folders = ["" if kind == "Transformer" else f"{number}_{kind}" for number, kind in enumerate(modules)]
    listed = [
        {"idx": number, "name": str(number), "path": folder, "type": f"sentence_transformers.models.{kind}"}
        for number, (kind, folder) in enumerate(zip(modules, folders, strict=True))
    ]
    (path / "modules.json").write_text(json.dumps(listed))
    (path / "1_Pooling").mkdir()
    chosen = POOLINGS[pooling or usual]
    modes = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": False, chosen: True}
    (path / "1_Pooling" / "config.json").write_text(json.dumps(modes))
    matrices = []
    for folder, inner, outer in zip(folders[2:-1], (32, *DENSE), DENSE, strict=False):
        matrix = torch.randn(outer, inner)
        matrices.append(matrix)
        (path / folder).mkdir()
        save_file({"linear.weight": matrix}, path / folder / "model.safetensors")
        config = {
            "in_features": inner,
            "out_features": outer,
            "bias": False,
            "activation_function": "torch.nn.modules.linear.Identity",
        }
        (path / folder / "config.json").write_text(json.dumps(config))
    if prompts:
        (path / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    return model, matrices


def reference_vectors(path, model, matrices, texts, pooling, prompt=""):
    """Return what transformers itself computes, each text alone and so without padding."""
    import numpy as np
    import torch
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    rows = []
    for text in texts:
        ids = torch.tensor([tokenizer.encode(prompt + text).ids])
        with torch.inference_mode():
            states = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
        pooled = {"cls": states[0], "last": states[-1], "mean": states.mean(dim=0)}[pooling]
        for matrix in matrices:
            pooled = matrix @ pooled
        rows.append((pooled / pooled.norm()).numpy())
    return np.stack(rows)
