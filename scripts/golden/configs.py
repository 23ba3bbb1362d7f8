"""What keys of config.json do: small checkpoints of models/ with changed keys and tensors, as transformers reads them.

    python scripts/golden/configs.py --out test/golden

Makes configs.json below --out. A case names its model, the keys of config.json that are changed ("set") or left out ("drop") and
the tensors that are other ones ("tensors": [model, name, rows]) or are missing (null). It has the logits of the last position, in
float32; with "new", the tokens that greedy generation adds; with "scores", what the pipeline for texts makes of the logits; or
the error of transformers.
"""
import argparse
import json
import os
import tempfile
from types import SimpleNamespace

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import TextClassificationPipeline

from common import rounded, write

IDS = [7, 1, 30, 47, 12, 12, 9, 22, 41, 5, 18, 36, 2, 44, 27, 15, 33, 8, 20, 39]
SHORT = IDS[:5]
NEW = 6
ROPE = "llama-llama3"  # heads of 8 columns
NO_ROPE = ["rope_parameters"]


def rope(kind, model=ROPE, ids=(IDS,), drop=(), new=0, **given):
    """`given` has rope_parameters without rope_type, or other keys."""
    return dict(model=model, set=given, drop=NO_ROPE + list(drop), ids=ids, new=new, what=kind)


def yarn(**options):
    return {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 16} | options


WIDE = {"rope_theta": 100.0, "original_max_position_embeddings": 256}  # a ramp over all columns
LONG = {"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0, 1.1, 1.2, 1.3],
        "long_factor": [1.5, 2.0, 3.0, 4.0], "original_max_position_embeddings": 12}
L3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}

ROPES = [
    rope("yarn", rope_parameters=yarn()),
    rope("yarn, type", rope_theta=10000.0, rope_scaling={"type": "yarn", "factor": 2.0, "original_max_position_embeddings": 32}),
    rope("yarn, attention_factor", rope_parameters=yarn(attention_factor=1.5)),
    rope("yarn, mscale", rope_parameters=yarn(mscale=1.2, mscale_all_dim=0.8)),
    rope("yarn, mscale alone", rope_parameters=yarn(mscale=1.2)),
    rope("yarn, longer trained", rope_parameters=yarn(**WIDE)),
    rope("yarn, betas", rope_parameters=yarn(**WIDE, beta_fast=8.0, beta_slow=2.0)),
    rope("yarn, not truncated", rope_parameters=yarn(**WIDE, truncate=False)),
    rope("yarn, factor null", max_position_embeddings=64, rope_parameters=yarn(factor=None)),
    rope("yarn, no trained length", max_position_embeddings=24, rope_theta=10000.0, rope_scaling={"type": "yarn", "factor": 4.0}),
    rope("yarn, no factor", rope_theta=10000.0, rope_scaling={"type": "yarn"}),
    rope("yarn, theta beside", rope_theta=500.0, rope_scaling={"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}),
    rope("yarn, qwen2", model="qwen2", rope_parameters=yarn()),
    rope("yarn, a part of each head", rope_parameters=yarn(partial_rotary_factor=0.5)),
    rope("longrope", max_position_embeddings=64, rope_parameters=LONG, ids=(SHORT, IDS)),
    rope("longrope, on the way", max_position_embeddings=64, rope_parameters=LONG, ids=(IDS[:9],), new=NEW),
    rope("longrope, factor", max_position_embeddings=64, rope_parameters=LONG | {"factor": 32.0}),
    rope("longrope, attention_factor", max_position_embeddings=64, rope_parameters=LONG | {"attention_factor": 0.7}),
    rope("longrope, trained length beside", max_position_embeddings=64, original_max_position_embeddings=40, rope_parameters=LONG),
    rope("longrope, short lists", max_position_embeddings=64, rope_parameters=LONG | {"long_factor": [1.0, 2.0, 3.0]}),
    rope("llama3, trained length beside", max_position_embeddings=64, original_max_position_embeddings=16,
         rope_theta=10000.0, rope_scaling=L3 | {"original_max_position_embeddings": 64}),
    rope("llama3, no trained length", max_position_embeddings=32, rope_parameters=L3),
    rope("llama3, no factor of low frequencies", rope_parameters={"rope_type": "llama3", "factor": 8.0, "high_freq_factor": 4.0}),
    rope("linear, type", rope_theta=10000.0, rope_scaling={"type": "linear", "factor": 3.0}),
    rope("linear, both names of the type", rope_scaling={"type": "dynamic", "rope_type": "linear", "factor": 3.0}),
    rope("dynamic", max_position_embeddings=8, rope_parameters={"rope_type": "dynamic", "factor": 4.0}, ids=(SHORT, IDS)),
    rope("dynamic, on the way", max_position_embeddings=8, rope_parameters={"rope_type": "dynamic", "factor": 4.0},
         ids=(IDS[:6], IDS[:10]), new=NEW),
    rope("scaling beside parameters", rope_parameters={"rope_type": "default", "rope_theta": 500.0},
         rope_scaling={"rope_type": "linear", "factor": 4.0}),
    rope("empty scaling beside parameters", rope_parameters={"rope_type": "linear", "rope_theta": 500.0, "factor": 2.0}, rope_scaling={}),
    rope("theta inside and beside", rope_theta=100.0, rope_parameters={"rope_type": "default", "rope_theta": 500.0}),
    rope("theta beside", rope_theta=100.0),
    rope("no rope at all"),
    rope("theta in scaling", rope_theta=100.0, rope_scaling={"rope_type": "default", "rope_theta": 500.0}),
    rope("proportional", rope_parameters={"rope_type": "proportional", "rope_theta": 100.0, "partial_rotary_factor": 0.5, "factor": 2.0}),
    rope("proportional, part beside", partial_rotary_factor=0.75, rope_parameters={"rope_type": "proportional", "rope_theta": 100.0}),
    rope("default, a part of each head", partial_rotary_factor=0.5, rope_parameters={"rope_type": "default", "rope_theta": 100.0}),
    rope("linear, a part of each head", partial_rotary_factor=0.5, rope_parameters={"rope_type": "linear", "factor": 2.0}),
    rope("unknown type", rope_scaling={"type": "su", "factor": 2.0}),
    rope("unknown key", rope_parameters={"rope_type": "default", "rope_theta": 100.0, "quirk": 3}),
    rope("by kind of layer, qwen2", model="qwen2", rope_parameters={"full_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 100.0}}),
]


def case(what, model, ids=(IDS,), new=0, tensors=None, drop=(), **given):
    return dict(what=what, model=model, set=given, drop=list(drop), ids=ids, new=new, tensors=tensors or {})


OWN_HEAD = {"lm_head.weight": ["gpt2-untied", "lm_head.weight", 48]}
ONE = {"classifier.weight": ["bf16-three-labels", "classifier.weight", 1], "classifier.bias": ["bf16-three-labels", "classifier.bias", 1]}
BERT = "bf16-three-labels"
ROBERTA = "roberta-three-labels"
LABELS = [[2, 17, 3], [2, 98, 5, 64, 64, 31, 3]]
SLIDE = dict(use_sliding_window=True, sliding_window=4, max_window_layers=1)

OTHERS = [
    case("window", "mistral", sliding_window=4, ids=(SHORT[:4], IDS[:16]), new=NEW),
    case("window of one", "mistral", sliding_window=1, ids=(SHORT,)),
    case("window, text that grows past it", "mistral", sliding_window=7, ids=(SHORT,), new=NEW),
    case("no window, by default of the class", "mistral", drop=["sliding_window"]),
    case("window in some layers", "qwen2", drop=["layer_types"], **SLIDE, ids=(SHORT, IDS[:16]), new=NEW),
    case("window in no layer", "qwen2", drop=["layer_types"], **SLIDE | {"max_window_layers": 2}),
    case("window not used", "qwen2", drop=["layer_types"], **SLIDE | {"use_sliding_window": False}),
    case("window in the layers that are named", "qwen2", **SLIDE, layer_types=["sliding_attention", "full_attention"], ids=(IDS[:16],), new=NEW),
    case("layers named, no window", "qwen2", layer_types=["sliding_attention", "full_attention"]),
    case("too few layers named", "qwen2", layer_types=["full_attention"]),
    case("window of another family", "llama-grouped", sliding_window=4),
    case("window of another family, on the way", "llama-grouped", sliding_window=4, ids=(IDS[:16],), new=NEW),
    case("no window of another family, on the way", "llama-grouped", ids=(IDS[:16],), new=NEW),
    case("biases of another family", "mistral", attention_bias=True),
    case("biases of another family", "qwen2", attention_bias=False),
    case("padding token -1", "llama-grouped", pad_token_id=-1),
    case("soft-capping of another family", "llama-grouped", attn_logit_softcapping=1.0, final_logit_softcapping=1.0),
    case("key heads by default", "mistral", drop=["num_key_value_heads"]),
    case("heads of another width", "qwen2", head_dim=4),
    case("tied, a head of its own", "gpt2-tied", tensors=OWN_HEAD),
    case("tied, a head that is the same", "gpt2-tied", tensors={"lm_head.weight": ["gpt2-tied", "transformer.wte.weight", 48]}),
    case("tied, the embedding under the head's name", "llama-tied",
         tensors={"lm_head.weight": ["llama-tied", "model.embed_tokens.weight", 48], "model.embed_tokens.weight": None}),
    case("tied, a head of its own", "llama-tied", tensors={"lm_head.weight": ["llama-grouped", "lm_head.weight", 48]}),
    case("not tied although the file could be", "gpt2-untied", tie_word_embeddings=True),
    case("other names of sizes", "gpt2-tied", drop=["n_layer", "n_embd"], num_hidden_layers=2, hidden_size=16),
    case("other names of sizes count", "gpt2-tied", num_hidden_layers=1),
    case("three labels", BERT, ids=LABELS),
    case("single", BERT, ids=LABELS, problem_type="single_label_classification"),
    case("multi", BERT, ids=LABELS, problem_type="multi_label_classification"),
    case("regression of three", BERT, ids=LABELS, problem_type="regression"),
    case("one label", BERT, ids=LABELS, tensors=ONE, id2label={"0": "GOOD"}),
    case("one label, regression", BERT, ids=LABELS, tensors=ONE, id2label={"0": "GOOD"}, problem_type="regression"),
    case("one label, multi", BERT, ids=LABELS, tensors=ONE, id2label={"0": "GOOD"}, problem_type="multi_label_classification"),
    case("one label, single", BERT, ids=LABELS, tensors=ONE, id2label={"0": "GOOD"}, problem_type="single_label_classification"),
    case("num_labels", BERT, ids=LABELS, tensors=ONE, drop=["id2label", "label2id"], num_labels=1),
    case("padding token -1", BERT, ids=LABELS, pad_token_id=-1),
    case("no padding token", BERT, ids=LABELS, pad_token_id=None),
    case("padding token 5", ROBERTA, ids=[[0, 7, 9, 2]], pad_token_id=5),
    case("padding token 0", ROBERTA, ids=[[3, 7, 9, 2]], pad_token_id=0),
    case("padding token -1", ROBERTA, ids=[[0, 7, 9, 2]], pad_token_id=-1),
    case("padding token by default", ROBERTA, ids=[[0, 7, 9, 2]], drop=["pad_token_id"]),
    case("no padding token", ROBERTA, ids=[[0, 7, 9, 2]], pad_token_id=None),
]

FAMILIES = {"bert": transformers.BertConfig, "roberta": transformers.RobertaConfig, "gpt2": transformers.GPT2Config,
            "llama": transformers.LlamaConfig, "mistral": transformers.MistralConfig, "qwen2": transformers.Qwen2Config}


def make(folder, models, case):
    with open(os.path.join(models, case["model"], "config.json"), encoding="utf-8") as file:
        config = {key: value for key, value in json.load(file).items() if key not in case["drop"]}
    config |= case["set"]
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    tensors = load_file(os.path.join(models, case["model"], "model.safetensors"))
    for name, source in case.get("tensors", {}).items():
        if source is None:
            del tensors[name]
            continue
        model, other, rows = source
        tensors[name] = load_file(os.path.join(models, model, "model.safetensors"))[other][:rows].clone()
    save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    return getattr(transformers, config["architectures"][0])


@torch.no_grad()
def answers(folder, kind, ids, new):
    model, info = kind.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    if info["missing_keys"]:
        raise ValueError(f"weights that nobody trained: {sorted(info['missing_keys'])}")
    model.eval()
    logits = model(torch.tensor([ids])).logits[0]
    if logits.ndim == 2:
        golden = {"logits": rounded(logits[-1], 6)}
        if new:
            model = kind.from_pretrained(folder, dtype=torch.float32).eval()
            out = model.generate(torch.tensor([ids]), max_new_tokens=new, do_sample=False, eos_token_id=None)
            golden["tokens"] = out[0, len(ids):].tolist()
        return golden
    pipeline = SimpleNamespace(model=model)
    scores = TextClassificationPipeline.postprocess(pipeline, {"logits": logits[None]}, top_k=None)
    return {"logits": rounded(logits, 6), "scores": {one["label"]: float(f"{one['score']:.6g}") for one in scores}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="test/golden")
    args = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    models = os.path.join(args.out, "models")
    rows = []
    for one in ROPES + OTHERS:
        for ids in one["ids"]:
            row = {key: one[key] for key in ("what", "model", "set", "drop")}
            if one.get("tensors"):
                row["tensors"] = one["tensors"]
            row["input_ids"] = ids
            with tempfile.TemporaryDirectory() as folder:
                kind = make(folder, models, one)
                try:
                    row |= answers(folder, kind, ids, one["new"])
                except Exception as error:
                    row["error"] = f"{type(error).__name__}: {error}".strip().split("\n")[0][:120]
            rows.append(row)
    keys = {name: sorted(kind().to_dict()) for name, kind in FAMILIES.items()}
    write(os.path.join(args.out, "configs.json"), {"keys": keys}, "cases", rows)


if __name__ == "__main__":
    main()
