"""What keys of generation_config.json do: the tokens that transformers adds to a prompt, and among which tokens it draws.

    python scripts/golden/steering.py --out test/golden

Makes steering.json below --out. A case names a model of models/, its generation_config.json (null: there is none), keys of config.json
that are changed, a prompt, and how many tokens follow at most; it has the tokens that were added, or the error of transformers. A draw
has a generation_config.json and logits, and the shares of the tokens that are left to draw among.
"""
import argparse
import json
import os
import shutil
import tempfile

import torch
import transformers
from transformers import GenerationConfig, GPT2LMHeadModel, LogitsProcessorList

from common import rounded, write

MODEL = "gpt2-untied"
PROMPTS = [[7, 1, 30, 47, 12, 12, 9], [11]]


def case(what, generation, new=8, prompts=PROMPTS, **config):
    return {"what": what, "generation": generation, "config": config, "new": new, "prompts": prompts}


CASES = [
    case("nothing", {}),
    case("no file", None),
    case("repetition penalty", {"repetition_penalty": 1.7}),
    case("repetition penalty below 1", {"repetition_penalty": 0.6}),
    case("no repeated token", {"no_repeat_ngram_size": 1}),
    case("no repeated pair", {"no_repeat_ngram_size": 2}),
    case("no repeated three", {"no_repeat_ngram_size": 3}),
    case("bad words", {"bad_words_ids": [[31], [9, 43], [35]]}),
    case("bad words, the end is none", {"bad_words_ids": [[9], [31]], "eos_token_id": 9}),
    case("biases", {"sequence_bias": [[[31], -3.0], [[9], 0.5], [[9, 43], -4.5]]}),
    case("suppressed", {"suppress_tokens": [31, 9]}),
    case("suppressed at first", {"begin_suppress_tokens": [31, 35, 9, 43]}),
    case("suppressed behind the first", {"begin_suppress_tokens": [31, 35, 9, 43], "forced_bos_token_id": 3}),
    case("an end", {"eos_token_id": 43}),
    case("ends", {"eos_token_id": [22, 43]}),
    case("an end below 0", {"eos_token_id": -1}),
    case("no end, config.json has one", {}, eos_token_id=43),
    case("no file, config.json has an end", None, eos_token_id=43),
    case("no file, config.json has a penalty", None, repetition_penalty=1.7),
    case("a file, config.json has a penalty", {}, repetition_penalty=1.7),
    case("least length", {"min_length": 10, "eos_token_id": [31, 9]}),
    case("least new", {"min_new_tokens": 3, "eos_token_id": [31, 9]}),
    case("both", {"min_length": 12, "min_new_tokens": 2, "eos_token_id": [31, 9]}),
    case("drawn to the end", {"exponential_decay_length_penalty": [2, 1.5], "eos_token_id": 22}),
    case("first token", {"forced_bos_token_id": 3}),
    case("last token", {"forced_eos_token_id": 5}),
    case("last tokens", {"forced_eos_token_id": [9, 5]}),
    case("several at once", {"repetition_penalty": 1.2, "no_repeat_ngram_size": 2, "suppress_tokens": [31], "bad_words_ids": [[22]]}),
    case("what counts for drawing only", {"temperature": 0.1, "top_k": 1, "top_p": 0.2, "min_p": 0.3, "do_sample": False}),
    case("normalised", {"renormalize_logits": True, "remove_invalid_values": True, "repetition_penalty": 1.3}),
    case("several texts", {"num_return_sequences": 2}),
]

LOGITS = [2.0, -1.0, 0.5, 3.0, 2.9, -4.0, 1.0, 0.0, 2.5, -0.5, 1.5, 0.25]
DRAWS = [{}, {"temperature": 0.5}, {"top_k": 3}, {"top_k": 0}, {"top_p": 0.7}, {"min_p": 0.3}, {"typical_p": 0.5}, {"typical_p": 0.9},
         {"epsilon_cutoff": 0.05}, {"eta_cutoff": 0.2}, {"top_h": 0.4}, {"top_h": 0.8},
         {"temperature": 2.0, "top_k": 8, "top_p": 0.9, "min_p": 0.2, "typical_p": 0.8, "epsilon_cutoff": 0.01, "eta_cutoff": 0.01, "top_h": 0.9}]


def folder_of(one, models, folder):
    shutil.copy(os.path.join(models, MODEL, "model.safetensors"), folder)
    with open(os.path.join(models, MODEL, "config.json"), encoding="utf-8") as file:
        config = json.load(file) | {"bos_token_id": None, "eos_token_id": None} | one["config"]
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(config, file)
    if one["generation"] is not None:
        with open(os.path.join(folder, "generation_config.json"), "w", encoding="utf-8") as file:
            json.dump(one["generation"], file)


@torch.no_grad()
def tokens(one, models, ids):
    with tempfile.TemporaryDirectory() as folder:
        folder_of(one, models, folder)
        model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float32).eval()
        out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), max_new_tokens=one["new"])
        return out[0, len(ids):].tolist()


def shares(model, generation):
    """Of the tokens that transformers draws among."""
    config, _ = model._prepare_generation_config(GenerationConfig(do_sample=True, **generation))
    model._prepare_special_tokens(config)
    steps = LogitsProcessorList(model._get_logits_processor(config, input_ids_seq_length=1))
    left = steps(torch.tensor([[0]]), torch.tensor([LOGITS], dtype=torch.float64))[0].softmax(-1)
    return {str(i): share for i, share in enumerate(rounded(left, 6)) if share > 0}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="test/golden")
    args = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    models = os.path.join(args.out, "models")
    rows = []
    for one in CASES:
        for ids in one["prompts"]:
            row = {key: one[key] for key in ("what", "generation", "config", "new")} | {"prompt": ids}
            try:
                rows.append(row | {"tokens": tokens(one, models, ids)})
            except Exception as error:
                rows.append(row | {"error": f"{type(error).__name__}: {error}".split("\n")[0][:120]})
    model = GPT2LMHeadModel.from_pretrained(os.path.join(models, MODEL)).eval()
    draws = [{"generation": how, "shares": shares(model, how)} for how in DRAWS]
    write(os.path.join(args.out, "steering.json"), {"model": MODEL, "logits": LOGITS, "draws": draws}, "cases", rows)


if __name__ == "__main__":
    main()
