"""Golden ids, types and decoded texts of every class of tokenizers, from every kind of file, by transformers.

    python scripts/golden/tokenizers_of_classes.py --golden test/golden --models models

Makes tokenizer-classes.json: the folders of tokenizer_folders.py, each file once (zlib, base64), and what transformers makes of texts with them.
"""
import argparse
import base64
import hashlib
import os
import tempfile
import zlib

from transformers import AutoTokenizer

from bpe import TEXTS
from common import write
from tokenizer_folders import make

MORE = ["the [E1] movie", "a [ent]good", "walk [X] walking", "<|im_start|>user<|im_end|>", "[INST] hi [/INST]", "<a> b <pad>",
        "don [X] a+b cats", "<start_of_turn>hi\n\nthere", "it ' s , good . do n't !", "Good CAF\u00c9 \u4e2d\u6587 \ufb01ne"]


def cases(name, folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for item in TEXTS[:-1:4] + MORE:
        text, pair = item if isinstance(item, tuple) else (item, None)
        encoded = tokenizer(text, pair)
        ids = encoded["input_ids"]
        case = {"folder": name, "text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)}
        if pair is not None:
            case |= {"pair": pair, "types": encoded.get("token_type_ids", [0] * len(ids))}
        yield case


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--golden", default="test/golden")
    parser.add_argument("--models", default="models", help="folder of the bundled models")
    args = parser.parse_args()
    files, folders, rows = {}, {}, []
    with tempfile.TemporaryDirectory() as out:
        for name, folder in make(args.golden, args.models, out):
            folders[name] = {}
            for file in sorted(os.listdir(folder)):
                with open(os.path.join(folder, file), "rb") as source:
                    content = source.read()
                key = hashlib.sha256(content).hexdigest()[:12]
                files[key] = base64.b64encode(zlib.compress(content, 9)).decode()
                folders[name][file] = key
            rows += cases(name, folder)
    write(os.path.join(args.golden, "tokenizer-classes.json"), {"files": files, "folders": folders}, "cases", rows)


if __name__ == "__main__":
    main()
