"""Tiny random BERT checkpoints, one per thing that real checkpoints differ in, with golden outputs.

    python scripts/golden/variants.py --out test/golden

Makes models/<name>/{config.json, model.safetensors} and variants.json below --out. Half-precision
files are read back and computed in float64, so the golden outputs are those of the stored weights.
"""
import argparse
import os

import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForSequenceClassification, BertModel

from common import load, outputs, write

SMALL = dict(vocab_size=99, hidden_size=24, num_hidden_layers=1, num_attention_heads=3,
             intermediate_size=50, max_position_embeddings=40)
VARIANTS = {
    # Sizes that are no power of two, and the tanh form of GELU under its first name.
    "gelu-new-odd": dict(hidden_act="gelu_new"),
    # No head and no "bert." before the tensor names.
    "bare-relu": dict(kind=BertModel, hidden_act="relu", num_hidden_layers=2, layer_norm_eps=1e-5),
    # The same GELU under its second name, three labels, bfloat16.
    "bf16-three-labels": dict(dtype=torch.bfloat16, hidden_act="gelu_pytorch_tanh", num_labels=3,
                              hidden_size=32, num_attention_heads=4, intermediate_size=64),
    "f16": dict(dtype=torch.float16, hidden_act="gelu", hidden_size=32, num_attention_heads=2,
                num_hidden_layers=2, intermediate_size=64),
    # As older libraries wrote it: LayerNorm.gamma and LayerNorm.beta, and the positions 0, 1, ...
    # as a tensor of integers that has since been dropped.
    "old-names": dict(old_names=True, hidden_act="gelu"),
}
SEQUENCES = [
    ([2, 17, 3], [0, 0, 0]),
    ([2, 98, 5, 64, 64, 31, 3], [0] * 7),
    ([2, 40, 41, 3, 77, 8, 9, 3], [0, 0, 0, 0, 1, 1, 1, 1]),
    ([2] + list(range(10, 48)) + [3], [0] * 40),  # every position the model has
]


def make(folder, seed, kind=BertForSequenceClassification, dtype=torch.float32, old_names=False,
         **shape):
    torch.manual_seed(seed)
    model = kind(BertConfig(**SMALL | shape))
    with torch.no_grad():
        # Far larger than a fresh model's weights: with those every attention is uniform and every
        # activation nearly linear, and a wrong formula would go unseen.
        for name, p in model.named_parameters():
            p.normal_(0, 0.3 if p.ndim > 1 else 0.1)
            if "LayerNorm.weight" in name:
                p.add_(1)
    model.to(dtype).save_pretrained(folder)
    if old_names:
        spell_as_once(os.path.join(folder, "model.safetensors"), model.config)


def spell_as_once(path, config):
    spellings = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    tensors = {}
    for name, tensor in load_file(path).items():
        for new, old in spellings.items():
            name = name.replace(new, old)
        tensors[name] = tensor
    tensors["bert.embeddings.position_ids"] = torch.arange(config.max_position_embeddings)[None]
    save_file(tensors, path, metadata={"format": "pt"})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="test/golden")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    cases = []
    for i, (name, options) in enumerate(VARIANTS.items()):
        folder = os.path.join(args.out, "models", name)
        make(folder, args.seed + i, **options)
        model = load(folder, bare="kind" in options)
        for input_ids, token_type_ids in SEQUENCES:
            case = {"model": name, "input_ids": input_ids, "token_type_ids": token_type_ids}
            cases.append(case | outputs(model, input_ids, token_type_ids))
    write(os.path.join(args.out, "variants.json"), {}, "cases", cases)


if __name__ == "__main__":
    main()
