"""Tiny random checkpoints of further architectures, with golden outputs.

    python scripts/golden/architectures.py --out test/golden [--only NAME...]

Makes models/<name>/ and architectures.json below --out, in float64 from float32 weights; with --only, the other cases stay as they
are. A case has the logits, or what a bare encoder gives for the first token, and the ends of every hidden state.
"""
import argparse
import json
import os

import torch
import transformers

from common import WIDTH, hidden_ends, in_double, rounded, write

VOCAB = 48
IDS = [7, 6, 30, 47, 12, 12, 9, 22, 41, 5, 18, 36, 2, 44, 27, 15, 33, 8, 20, 39]
SEQUENCES = [[11], [40, 3, 3, 25, 0], IDS]
PADDED = [40, 3, 3, 25, 0, 2, 2], [1, 1, 1, 1, 1, 0, 0]
BERT = dict(vocab_size=VOCAB, max_position_embeddings=32, num_hidden_layers=2)
CAUSAL = dict(vocab_size=VOCAB, max_position_embeddings=32, num_hidden_layers=2, hidden_size=16, num_attention_heads=4,
              num_key_value_heads=2, intermediate_size=24, bos_token_id=0, eos_token_id=1, pad_token_id=0)
LONGROPE = {"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0, 1.2], "long_factor": [1.5, 3.0],
            "partial_rotary_factor": 0.5}
NEOX = {name: value for name, value in CAUSAL.items() if name != "num_key_value_heads"}
NAMES = dict(hidden_size=16, num_attention_heads=4, intermediate_size=24)

VARIANTS = {
    "distilbert": ("DistilBertForSequenceClassification", BERT | dict(
        dim=16, n_heads=4, n_layers=2, hidden_dim=24, num_labels=3)),
    "distilbert-bare": ("DistilBertModel", BERT | dict(dim=16, n_heads=2, n_layers=2, hidden_dim=24)),
    "xlm-roberta": ("XLMRobertaForSequenceClassification", BERT | NAMES | dict(type_vocab_size=1, pad_token_id=1, num_labels=3)),
    "electra": ("ElectraForSequenceClassification", BERT | NAMES | dict(embedding_size=12, num_labels=3)),
    "electra-bare": ("ElectraModel", BERT | NAMES | dict(embedding_size=16)),
    "mpnet": ("MPNetForSequenceClassification", BERT | NAMES | dict(num_labels=3)),
    "mpnet-bare": ("MPNetModel", BERT | NAMES),
    "qwen3": ("Qwen3ForCausalLM", CAUSAL | dict(head_dim=6, attention_bias=True)),
    "gpt-neox": ("GPTNeoXForCausalLM", NEOX | dict(num_attention_heads=2, rotary_pct=0.5)),
    "gpt-neox-sequential": ("GPTNeoXForCausalLM", NEOX | dict(
        num_attention_heads=2, use_parallel_residual=False, attention_bias=False, tie_word_embeddings=True)),
    "phi3": ("Phi3ForCausalLM", CAUSAL | dict(sliding_window=6)),
    "phi3-longrope": ("Phi3ForCausalLM", CAUSAL | dict(
        max_position_embeddings=64, num_attention_heads=2, rope_parameters=LONGROPE, original_max_position_embeddings=12)),
    "gemma3": ("Gemma3ForCausalLM", CAUSAL | dict(
        head_dim=6, sliding_window=6, layer_types=["sliding_attention", "full_attention"], query_pre_attn_scalar=7,
        rope_parameters={"full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1000.0},
                         "sliding_attention": {"rope_type": "default", "rope_theta": 100.0}})),
}


def make(folder, seed, name, shape):
    torch.manual_seed(seed)
    kind = getattr(transformers, name)
    model = kind(kind.config_class(**shape))
    with torch.no_grad():
        # Far larger than a fresh model's weights: with those every attention is uniform and every
        # activation nearly linear, and a wrong formula would go unseen.
        for name, p in model.named_parameters():
            from_one = p.ndim == 1 and bool((p == 1).all())
            p.normal_(0, 0.3 if p.ndim > 1 else 0.2)
            if from_one:
                p.add_(1)
    model.save_pretrained(folder)
    generation = os.path.join(folder, "generation_config.json")
    if os.path.exists(generation):
        os.remove(generation)


def load(folder, name):
    kind = getattr(transformers, name)
    model, info = kind.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager", output_loading_info=True)
    if info["missing_keys"]:
        raise SystemExit(f"{folder}: no {sorted(info['missing_keys'])}")
    return model.eval()


@torch.no_grad()
def case(folder, name, ids, mask=None):
    model = load(folder, name)
    seen = torch.tensor([mask or [1] * len(ids)])
    with in_double(model):
        out = model(input_ids=torch.tensor([ids]), attention_mask=seen, output_hidden_states=True)
    row = {"model": os.path.basename(folder), "input_ids": ids} | ({"attention_mask": mask} if mask else {})
    row["hidden"] = hidden_ends(out.hidden_states, int(seen.sum()) - 1)
    if "logits" in out:
        logits = out.logits[0]
        return row | {"logits": rounded(logits[-1] if logits.ndim == 2 else logits)}
    pooled = out.pooler_output if "pooler_output" in out else out.last_hidden_state[:, 0]
    return row | {"pooled": rounded(pooled[0, :WIDTH])}


def cases(folder, name):
    padded = [] if "Causal" in name else [PADDED]
    return [case(folder, name, *sequence) for sequence in [*((ids,) for ids in SEQUENCES), *padded]]


def kept(path, only):
    if not only or not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as file:
        return [row for row in json.load(file)["cases"] if row["model"] not in only]


def keys_of(name):
    return sorted(getattr(transformers, name).config_class().to_dict())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="test/golden")
    parser.add_argument("--only", nargs="*", choices=list(VARIANTS))
    parser.add_argument("--seed", type=int, default=101)
    args = parser.parse_args()
    torch.set_num_threads(1)
    path = os.path.join(args.out, "architectures.json")
    rows = kept(path, args.only)
    for i, (name, (kind, shape)) in enumerate(VARIANTS.items()):
        if args.only and name not in args.only:
            continue
        folder = os.path.join(args.out, "models", name)
        make(folder, args.seed + i, kind, shape)
        rows += cases(folder, kind)
    order = list(VARIANTS)
    rows.sort(key=lambda row: order.index(row["model"]))
    classes = {getattr(transformers, kind).config_class.model_type: kind for kind, _ in VARIANTS.values()}
    keys = {family: keys_of(kind) for family, kind in classes.items()}
    write(path, {"keys": keys}, "cases", rows)


if __name__ == "__main__":
    main()
