"""Makes a BERT checkpoint folder of any shape with random weights, for measuring cost.

    python scripts/synthetic/bert.py --like bert-base-uncased --out bert-base-synthetic
    python scripts/synthetic/bert.py --layers 4 --hidden 256 --heads 4 --vocab 3000 --dtype F16 --out DIR

What a secure forward pass costs depends on the shape alone, so this stands in for checkpoints that
are too large to keep. The weights have the scale of BERT's own initialisation, hence activations
stay within the range of a real model; the answers mean nothing. The same arguments give the same
bytes. Needs numpy only; tensors are written one after the other and never held together.
"""
import argparse
import json
import os
import string
import struct

import numpy as np

SHAPES = {  # hidden, layers, heads, intermediate, vocabulary
    "bert-tiny": (128, 2, 2, 512, 30522),
    "bert-mini": (256, 4, 4, 1024, 30522),
    "bert-small": (512, 4, 8, 2048, 30522),
    "bert-base-uncased": (768, 12, 12, 3072, 30522),
    "bert-large-uncased": (1024, 24, 16, 4096, 30522),
}
POSITIONS, TYPES, LABELS = 512, 2, ["NEGATIVE", "POSITIVE"]
BYTES = {"F32": 4, "F16": 2, "BF16": 2}
TORCH_NAMES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}


def shapes(hidden, layers, intermediate, vocab):
    """Yields (name, shape) of every tensor of a BertForSequenceClassification."""
    def linear(name, rows, columns):
        return [(f"{name}.weight", (rows, columns)), (f"{name}.bias", (rows,))]

    def norm(name):
        return [(f"{name}.LayerNorm.{part}", (hidden,)) for part in ("weight", "bias")]

    for kind, rows in (("word", vocab), ("position", POSITIONS), ("token_type", TYPES)):
        yield f"bert.embeddings.{kind}_embeddings.weight", (rows, hidden)
    yield from norm("bert.embeddings")
    for i in range(layers):
        layer = f"bert.encoder.layer.{i}"
        for part in ("query", "key", "value"):
            yield from linear(f"{layer}.attention.self.{part}", hidden, hidden)
        yield from linear(f"{layer}.attention.output.dense", hidden, hidden)
        yield from norm(f"{layer}.attention.output")
        yield from linear(f"{layer}.intermediate.dense", intermediate, hidden)
        yield from linear(f"{layer}.output.dense", hidden, intermediate)
        yield from norm(f"{layer}.output")
    yield from linear("bert.pooler.dense", hidden, hidden)
    yield from linear("classifier", len(LABELS), hidden)


def values(name, shape, rng):
    x = rng.standard_normal(shape, dtype=np.float32) * np.float32(0.02)
    return x + np.float32(1) if name.endswith("LayerNorm.weight") else x


def stored(x, dtype):
    if dtype == "F16":
        return x.astype("<f2").tobytes()
    if dtype == "BF16":  # the upper half of a float32, rounded to nearest, ties to even
        bits = x.view(np.uint32)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()
    return x.astype("<f4").tobytes()


def write_weights(path, tensors, dtype, seed):
    """safetensors: the length of a JSON header, the header, then the tensors end to end."""
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in tensors:
        end = at + BYTES[dtype] * int(np.prod(shape))
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    rng = np.random.default_rng(seed)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in tensors:
            file.write(stored(values(name, shape, rng), dtype))
    return at


def vocabulary(size):
    """Special tokens first; then letters, digits and signs, each also as a continuation, so that
    any ASCII text becomes tokens; then words that do not exist, up to `size`."""
    signs = [c for c in string.printable if c.isprintable() and c != " " and not c.isupper()]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + signs + ["##" + c for c in signs]
    if size < len(pieces):
        raise SystemExit(f"--vocab is {size}: at least {len(pieces)} is needed for ASCII text")
    return pieces + [f"filler{i}" for i in range(size - len(pieces))]


def write_json(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(json.dumps(value, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True, help="folder to write")
    parser.add_argument("--like", choices=SHAPES, default="bert-base-uncased")
    for option in ("hidden", "layers", "heads", "intermediate", "vocab"):
        parser.add_argument(f"--{option}", type=int, help="instead of the one of --like")
    parser.add_argument("--dtype", choices=BYTES, default="F32")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    given = (args.hidden, args.layers, args.heads, args.intermediate, args.vocab)
    hidden, layers, heads, inner, vocab = (g or s for g, s in zip(given, SHAPES[args.like]))
    if args.hidden and not args.intermediate:
        inner = 4 * hidden
    if hidden % heads:
        parser.error(f"--hidden {hidden} is no multiple of --heads {heads}")

    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "vocab.txt"), "w", encoding="utf-8") as file:
        file.writelines(piece + "\n" for piece in vocabulary(vocab))
    write_json(args.out, "config.json", {
        "architectures": ["BertForSequenceClassification"], "model_type": "bert",
        "hidden_size": hidden, "num_hidden_layers": layers, "num_attention_heads": heads,
        "intermediate_size": inner, "hidden_act": "gelu", "layer_norm_eps": 1e-12,
        "vocab_size": vocab, "max_position_embeddings": POSITIONS, "type_vocab_size": TYPES,
        "pad_token_id": 0, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
        "id2label": dict(enumerate(LABELS)), "label2id": {name: i for i, name in enumerate(LABELS)},
        "dtype": TORCH_NAMES[args.dtype]})
    write_json(args.out, "tokenizer_config.json", {
        "tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": POSITIONS})
    size = write_weights(os.path.join(args.out, "model.safetensors"),
                         list(shapes(hidden, layers, inner, vocab)), args.dtype, args.seed)
    print(f"{args.out}: {layers} layers, width {hidden}, {size / 1e6:.1f} MB of {args.dtype}")


if __name__ == "__main__":
    main()
