"""What transformers computes in float32 with real checkpoints: reference values for test/real.

    python scripts/real/reference.py texts --model SmolLM2-135M-Instruct --out texts
    python scripts/real/reference.py windows --model SmolLM2-135M-Instruct --data wiki.test.raw --out windows
    python scripts/real/reference.py sentences --model all-MiniLM-L6-v2 --data dev.tsv --out sentences

Each writes a folder with reference.json. A file NAME.f32 has rows of little-endian float32, of all cases one after the other.
"""
import argparse
import json
import math
import os

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

# A question, a question to a teacher, a story, a program, and French: beyond ASCII, and what the model knows less well. But for step 56
# of the story the best logit stays 0.03 or more above the next.
PROMPTS = [
    "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant",
    "<|im_start|>system\nYou are a patient teacher.<|im_end|>\n"
    "<|im_start|>user\nWhat is a prime number?<|im_end|>\n<|im_start|>assistant\n",
    "It was a dark and stormy night, and the captain",
    "def factorial(n):\n    \"\"\"Return n! for a whole number n.\"\"\"\n",
    "Paris est la capitale de la France. C'est une ville où l'été",
]
NEW_TOKENS = 64
WINDOW, WINDOWS = 128, 20
SENTENCES = 50


def text_of(path):
    """The file as it stands: no newline translated, no byte order mark."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        return file.read()


def write(args, reference, **matrices):
    os.makedirs(args.out, exist_ok=True)
    for name, rows in matrices.items():
        torch.cat(rows).numpy().astype("<f4").tofile(os.path.join(args.out, f"{name}.f32"))
    with open(os.path.join(args.out, "reference.json"), "w", encoding="ascii") as file:
        json.dump({"dtype": "float32", **reference}, file)


def greedy(model, input_ids):
    """The new tokens, at most NEW_TOKENS, up to and with the end token; and the logits that chose each."""
    out = model.generate(torch.tensor([input_ids]), attention_mask=torch.ones(1, len(input_ids)).long(),
                         max_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=model.config.eos_token_id,
                         return_dict_in_generate=True, output_logits=True)
    return out.sequences[0, len(input_ids):].tolist(), torch.cat(out.logits)


def texts(args):
    """Greedy texts: of each step the two best ids and the distance of their logits; the logits of all tokens of prompts."""
    model, tokenizer = causal(args.model)
    cases, logits = [], []
    for prompt in PROMPTS:
        input_ids = tokenizer(prompt)["input_ids"]
        ids, steps = greedy(model, input_ids)
        best = steps.topk(2)
        assert best.indices[:, 0].tolist() == ids
        cases.append({"prompt": prompt, "input_ids": input_ids, "generated_ids": ids,
                      "second_ids": best.indices[:, 1].tolist(),
                      "gaps": (best.values[:, 0] - best.values[:, 1]).tolist(),
                      "text": tokenizer.decode(ids, skip_special_tokens=True)})
        logits.append(model(torch.tensor([input_ids])).logits[0])
    write(args, {"new_tokens": NEW_TOKENS, "cases": cases}, logits=logits)


def windows(args):
    """Perplexity of the first windows of a text: tokens of the whole text, cut into windows without overlap."""
    model, tokenizer = causal(args.model)
    ids = tokenizer(text_of(args.data), verbose=False)["input_ids"]
    rows = torch.tensor(ids[:WINDOW * WINDOWS]).view(WINDOWS, WINDOW)
    # Every token but the first of its window is predicted. Losses are summed, by natural logarithm
    losses = [cross_entropy(model(row[None]).logits[0, :-1].double(), row[1:], reduction="sum").item() for row in rows]
    perplexity = math.exp(sum(losses) / (WINDOWS * (WINDOW - 1)))
    write(args, {"window": WINDOW, "limit": WINDOWS, "losses": losses, "perplexity": perplexity})


def sentences(args):
    """BertModel on sentences: last_hidden_state, the hidden state before the last layer, and the pooled output."""
    model, tokenizer = AutoModel.from_pretrained(args.model, dtype=torch.float32).eval(), open_tokenizer(args.model)
    table = [line.split("\t") for line in text_of(args.data).splitlines()]
    column = table[0].index("sentence")
    rows = table[1:]
    cases, last, before, pooled = [], [], [], []
    for row in rows[::len(rows) // SENTENCES][:SENTENCES]:  # spread over the file
        encoded = tokenizer(row[column], return_tensors="pt")
        out = model(**encoded, output_hidden_states=True)
        cases.append({"text": row[column], "input_ids": encoded["input_ids"][0].tolist()})
        last.append(out.last_hidden_state[0])
        before.append(out.hidden_states[-2][0])
        pooled.append(out.pooler_output)
    write(args, {"layers": model.config.num_hidden_layers, "cases": cases}, last=last, before=before, pooled=pooled)


def open_tokenizer(folder):
    return AutoTokenizer.from_pretrained(folder)


def causal(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval(), open_tokenizer(folder)


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["texts", "windows", "sentences"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", help="the text of windows, the table of sentences")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    {"texts": texts, "windows": windows, "sentences": sentences}[args.what](args)


if __name__ == "__main__":
    main()
