"""Tiny random GPT-2, LLaMA, Mistral and Qwen2 checkpoints, one per thing that real ones differ in,
with golden outputs.

    python scripts/golden/decoders.py --out test/golden

Makes models/<name>/ and decoders.json below --out. A case has the logits of the last position and,
after the embedding and after every layer, the first values of the first and of the last row; the
state after the last layer is the one after the final norm. All in float64 from float32 weights.
"""
import argparse
import os

import torch
from transformers import (GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, MistralConfig,
                          MistralForCausalLM, Qwen2Config, Qwen2ForCausalLM)

from common import hidden_ends, in_double, load_causal, rounded, write
from older import COPIES, copy_older

VOCAB = 48
SEQUENCES = [[11], [40, 3, 3, 25, 0], [7, 1, 30, 47, 12, 12, 9, 22, 41, 5, 18, 36, 2, 44, 27, 15, 33, 8, 20, 39]]
BELOW_AND_AT_8 = SEQUENCES + [SEQUENCES[2][:8], SEQUENCES[2][:9]]


def gpt2(**shape):
    return GPT2LMHeadModel(GPT2Config(**dict(
        vocab_size=VOCAB, n_positions=24, n_embd=16, n_layer=2, n_head=2, bos_token_id=0,
        eos_token_id=0) | shape))


def llama(kind=LlamaForCausalLM, config=LlamaConfig, **shape):
    return kind(config(**dict(
        vocab_size=VOCAB, max_position_embeddings=24, hidden_size=16, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, intermediate_size=24, bos_token_id=0,
        eos_token_id=1, tie_word_embeddings=False) | shape))


def mistral(**shape):
    return llama(MistralForCausalLM, MistralConfig, sliding_window=None, **shape)


def qwen2(**shape):
    return llama(Qwen2ForCausalLM, Qwen2Config, use_sliding_window=False, **shape)


def rope(kind, theta=10000.0, **rest):
    return {"rope_type": kind, "rope_theta": theta, **rest}


VARIANTS = {
    "gpt2-tied": (gpt2, {}),
    "gpt2-untied": (gpt2, dict(tie_word_embeddings=False)),
    "gpt2-relu": (gpt2, dict(activation_function="relu", layer_norm_epsilon=1e-2)),
    "gpt2-gelu": (gpt2, dict(activation_function="gelu", n_head=4)),
    "gpt2-inverse-layer": (gpt2, dict(scale_attn_by_inverse_layer_idx=True)),
    "gpt2-n-inner": (gpt2, dict(n_inner=20)),
    "llama-multi-head": (llama, dict(num_key_value_heads=4)),
    "llama-grouped": (llama, dict(rms_norm_eps=1e-2)),
    "llama-one-key-head": (llama, dict(num_key_value_heads=1)),
    "llama-attention-bias": (llama, dict(attention_bias=True)),
    "llama-mlp-bias": (llama, dict(mlp_bias=True)),
    "llama-tied": (llama, dict(tie_word_embeddings=True)),
    "llama-head-dim": (llama, dict(head_dim=6)),
    "llama-theta": (llama, dict(rope_parameters=rope("default", 500000.0))),
    "llama-linear": (llama, dict(rope_parameters=rope("linear", factor=2.0))),
    # Longer texts than the 8 positions turn the angles' base with their length.
    "llama-dynamic": (llama, dict(max_position_embeddings=8, head_dim=8,
                                  rope_parameters=rope("dynamic", factor=2.0))),
    # Wavelengths 6, 63, 628 and 6283; below 32 they stay, above 128 they stretch, between they blend.
    "llama-llama3": (llama, dict(max_position_embeddings=512, head_dim=8, rope_parameters=rope(
        "llama3", factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=128))),
    "mistral": (mistral, {}),
    "qwen2": (qwen2, dict(rope_parameters=rope("default", 1000000.0))),
}
SHARDED = {"gpt2-sharded": ("gpt2-tied", "12KB"), "llama-sharded": ("llama-grouped", "10KB")}


def make(folder, seed, build, shape):
    torch.manual_seed(seed)
    model = build(**shape)
    with torch.no_grad():
        # Far larger than a fresh model's weights: with those every attention is uniform and every
        # activation nearly linear, and a wrong formula would go unseen.
        for name, p in model.named_parameters():
            p.normal_(0, 0.3 if p.ndim > 1 else 0.2)
            if "norm" in name and name.endswith("weight") or ".ln_" in name and name.endswith("weight"):
                p.add_(1)
    model.save_pretrained(folder)
    os.remove(os.path.join(folder, "generation_config.json"))


def shard(source, folder, size):
    load_causal(source).float().save_pretrained(folder, max_shard_size=size)
    os.remove(os.path.join(folder, "generation_config.json"))


@torch.no_grad()
def run(model, input_ids):
    out = model(input_ids=torch.tensor([input_ids]), output_hidden_states=True)
    return out.logits[0, -1], out.hidden_states


def cases(folder, name, sequences):
    for input_ids in sequences:
        model = load_causal(folder)  # anew: a model of dynamic angles remembers its longest text
        plain = run(model, input_ids)[0]
        model = load_causal(folder)
        with in_double(model):
            logits, hidden = run(model, input_ids)
        if (logits - plain).abs().max() > 1e-5:
            raise SystemExit(f"{name}: without in_double() it differs by {(logits - plain).abs().max()}")
        yield {"model": name, "input_ids": input_ids, "logits": rounded(logits), "hidden": hidden_ends(hidden)}


def check_copies(rows):
    """A checkpoint in another form is the same model."""
    logits = {(row["model"], len(row["input_ids"])): row["logits"] for row in rows}
    for name, source in {**{name: source for name, (source, _) in SHARDED.items()}, **COPIES}.items():
        if any(logits[name, len(ids)] != logits[source, len(ids)] for ids in SEQUENCES):
            raise SystemExit(f"{name} and {source} differ")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="test/golden")
    parser.add_argument("--seed", type=int, default=11)
    args = parser.parse_args()
    torch.set_num_threads(1)
    models = os.path.join(args.out, "models")
    for i, (name, (build, shape)) in enumerate(VARIANTS.items()):
        make(os.path.join(models, name), args.seed + i, build, shape)
    for name, (source, size) in SHARDED.items():
        shard(os.path.join(models, source), os.path.join(models, name), size)
    for name, source in COPIES.items():
        copy_older(name, os.path.join(models, source), os.path.join(models, name))
    rows = []
    for name in [*VARIANTS, *SHARDED, *COPIES]:
        sequences = BELOW_AND_AT_8 if name == "llama-dynamic" else SEQUENCES
        rows += cases(os.path.join(models, name), name, sequences)
    check_copies(rows)
    write(os.path.join(args.out, "decoders.json"), {}, "cases", rows)


if __name__ == "__main__":
    main()
