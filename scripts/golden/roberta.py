"""Tiny random RoBERTa checkpoints with golden outputs.

    python scripts/golden/roberta.py --out test/golden

Makes models/<name>/ and roberta.json below --out, in float64 from float32 weights. Positions count
from pad_token_id + 1. Where a case has an attention_mask, "last" is the last row that is attended to.
"""
import argparse
import os

import torch
from transformers import RobertaConfig, RobertaForSequenceClassification, RobertaModel

from common import WIDTH, hidden_ends, load, rounded, write

SMALL = dict(vocab_size=60, hidden_size=24, num_hidden_layers=2, num_attention_heads=3,
             intermediate_size=40, max_position_embeddings=42, type_vocab_size=1, pad_token_id=1,
             bos_token_id=0, eos_token_id=2, layer_norm_eps=1e-5)
VARIANTS = {
    "roberta-three-labels": (RobertaForSequenceClassification, dict(num_labels=3)),
    # No head and no "roberta." before the tensor names; its pooler is kept.
    "roberta-bare": (RobertaModel, dict(hidden_act="gelu_new", num_attention_heads=4)),
}
SEQUENCES = [
    ([0], None),
    ([0, 17, 44, 9, 2], None),
    ([0, 5, 6, 2, 2, 31, 59, 2], None),  # a pair
    ([0] + list(range(4, 42)) + [2], None),  # every position the model has
    ([0, 17, 44, 9, 2, 1, 1, 1], [1, 1, 1, 1, 1, 0, 0, 0]),
]


def make(folder, seed, kind, shape):
    torch.manual_seed(seed)
    model = kind(RobertaConfig(**SMALL | shape))
    with torch.no_grad():
        # As in variants.py: a fresh model's small weights would hide a wrong formula.
        for name, p in model.named_parameters():
            p.normal_(0, 0.3 if p.ndim > 1 else 0.1)
            if "LayerNorm.weight" in name:
                p.add_(1)
    model.save_pretrained(folder)


@torch.no_grad()
def case(name, model, input_ids, mask):
    golden = {"model": name, "input_ids": input_ids} | ({"attention_mask": mask} if mask else {})
    seen = torch.tensor([mask or [1] * len(input_ids)])
    out = model(input_ids=torch.tensor([input_ids]), attention_mask=seen, output_hidden_states=True)
    golden["hidden"] = hidden_ends(out.hidden_states, int(seen.sum()) - 1)
    if "logits" in out:
        return golden | {"logits": rounded(out.logits)}
    return golden | {"pooled": rounded(out.pooler_output[0, :WIDTH])}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="test/golden")
    parser.add_argument("--seed", type=int, default=51)
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for i, (name, (kind, shape)) in enumerate(VARIANTS.items()):
        folder = os.path.join(args.out, "models", name)
        make(folder, args.seed + i, kind, shape)
        model = load(folder, bare=kind is RobertaModel)
        rows += [case(name, model, *sequence) for sequence in SEQUENCES]
    write(os.path.join(args.out, "roberta.json"), {}, "cases", rows)


if __name__ == "__main__":
    main()
