"""Golden greedy texts and losses of the language models, computed by transformers in float64.

    python scripts/golden/language.py --models models --stories ../shared/models/stories260K \\
        --text ../shared/data/tinyshakespeare/input.txt --out test/golden

Makes generation.json (the ids that greedy search adds to a prompt, up to and with the end token, and
at each step by how much the best logit beats the next) and windows.json (the mean -log p of tokens
1 to 63 in windows of 64: the last tenth of the text's bytes, tokenised as a whole without special
tokens; window i is tokens 64 i to 64 i + 63).
"""
import argparse
import math
import os

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

from common import in_double, load_causal, rounded, write

BUNDLED = ["gpt2-tiny-shakespeare", "llama-tiny-shakespeare"]
# Prompts whose best logit stays 0.01 or more above the next: less exact arithmetic goes the same way.
SHAKESPEARE = ["ROMEO:", "First Citizen:\nBefore we proceed any further,", "What is thy name?"]
STORIES = ["Once upon a time", "Lily and her dog", "The little cat was very", "Sara and Ben like to",
           "There was a big dog named"]
COUNT, WINDOW = 50, 64


@torch.no_grad()
def greedy(model, input_ids, new_tokens):
    """The ids after the prompt and the logits that chose each."""
    out = model.generate(torch.tensor([input_ids]), attention_mask=torch.ones(1, len(input_ids)).long(),
                         max_new_tokens=new_tokens, do_sample=False, pad_token_id=model.config.eos_token_id,
                         return_dict_in_generate=True, output_logits=True)
    return out.sequences[0, len(input_ids):].tolist(), torch.cat(out.logits)


def generation(name, folder, prompts, new_tokens):
    model, tokenizer = load_causal(folder), AutoTokenizer.from_pretrained(folder)
    single = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    for prompt in prompts:
        input_ids = tokenizer(prompt)["input_ids"]
        with in_double(model):
            ids, logits = greedy(model, input_ids, new_tokens)
        best = logits.topk(2).values
        gaps = rounded(best[:, 0] - best[:, 1], digits=4)
        if greedy(single, input_ids, new_tokens)[0] != ids:
            print(f"{name}: float32 takes another way after {prompt!r}")
        yield {"model": name, "prompt": prompt, "input_ids": input_ids, "generated_ids": ids, "gaps": gaps,
               "text": tokenizer.decode(input_ids + ids, skip_special_tokens=True)}
        print(f"{name}: {len(ids)} tokens, least gap {min(gaps)}")


@torch.no_grad()
def windows(name, folder, text):
    model, tokenizer = load_causal(folder), AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"][:COUNT * WINDOW]
    rows = torch.tensor(ids).view(COUNT, WINDOW)
    with in_double(model):
        logits = model(input_ids=rows).logits
    for row, scores in zip(rows, logits):
        loss = cross_entropy(scores[:-1], row[1:])
        yield {"model": name, "input_ids": row.tolist(), "loss": rounded(loss)[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", default="models", help="folder of the bundled models")
    parser.add_argument("--stories", default="../shared/models/stories260K")
    parser.add_argument("--text", default="../shared/data/tinyshakespeare/input.txt")
    parser.add_argument("--out", default="test/golden")
    args = parser.parse_args()
    torch.set_num_threads(1)
    with open(args.text, "rb") as file:
        data = file.read()
    held_out = data[len(data) * 9 // 10:].decode("ascii")

    texts = list(generation("stories260K", args.stories, STORIES, 100))
    losses, perplexity = [], {}
    for name in BUNDLED:
        folder = os.path.join(args.models, name)
        texts += generation(name, folder, SHAKESPEARE, 40)
        cases = list(windows(name, folder, held_out))
        losses += cases
        mean = sum(case["loss"] for case in cases) / COUNT
        perplexity[name] = float(f"{math.exp(mean):.9g}")
    write(os.path.join(args.out, "generation.json"), {"dtype": "float64"}, "cases", texts)
    write(os.path.join(args.out, "windows.json"), {"dtype": "float64", "perplexity": perplexity}, "cases", losses)


if __name__ == "__main__":
    main()
