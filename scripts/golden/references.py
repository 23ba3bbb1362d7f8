"""Writes test/golden/references: what scripts/reference.py makes of a small checkpoint for every architecture and head, and of bundled models.

    python scripts/golden/references.py
"""
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "scripts"))
from reference import parse, reference  # noqa: E402

GOLDEN = os.path.join("test", "golden")

# Without tokenizers: token ids
IDS = {
    "bare-relu": ["2,14,7,50,3", "2,9,3"],
    "bf16-three-labels": ["2,14,7,50,3", "2,9,3"],
    "roberta-bare": ["0,14,7,50,2", "0,9,2"],
    "roberta-three-labels": ["0,14,7,50,2", "0,9,2"],
    "gpt2-tied": ["14,7,20,3", "9,3"],
    "llama-grouped": ["14,7,20,3", "9,3"],
    "mistral": ["14,7,20,3", "9,3"],
    "qwen2": ["14,7,20,3", "9,3"],
}
NEW_TOKENS = {"llama-grouped": 3}

# One for each class of tokenizer that is bundled
TEXTS = {
    "bert-tiny-sst2": ["--text", "A warm, funny film.", "unaffable schlock", "--pair", "It's naïve", "日本 2024"],
    "gpt2-tiny-shakespeare": ["--text", "ROMEO:\nI'll  go,", " naïve"],
    "llama-tiny-shakespeare": ["--text", "ROMEO:\nI'll  go,", " naïve"],
}


def main():
    jobs = {name: (os.path.join(GOLDEN, "models", name), [f"--input-ids={ids}" for ids in lists])
            for name, lists in IDS.items()}
    jobs |= {name: (os.path.join("models", name), texts) for name, texts in TEXTS.items()}
    os.chdir(ROOT)
    os.makedirs(os.path.join(GOLDEN, "references"), exist_ok=True)
    for name, (folder, given) in jobs.items():
        out = os.path.join(GOLDEN, "references", f"{name}.json")
        reference(parse([folder, *given, "--new-tokens", str(NEW_TOKENS.get(name, 1)), "--out", out]))


if __name__ == "__main__":
    main()
