"""Golden outputs of the bundled bert-tiny-sst2, computed by transformers.

    python scripts/golden/bert.py --model models/bert-tiny-sst2 --data ../shared/data/sst2 --out test/golden

Makes bert-tiny-sst2.json (token ids, hidden states, pooled output and logits of a few texts) and
sst2-dev-logits.json (the two logits of each sentence of dev.tsv, in file order, without the text).
"""
import argparse
import os

import torch
from transformers import AutoTokenizer

from common import load, outputs, rounded, write

# A text, or a pair of texts. Between them: one word, punctuation alone, a lot of words, characters
# that the vocabulary has never seen, accents, capitals, digits, quotes and hyphens.
TEXTS = [
    "good",
    "!",
    "?!...",
    "a warm , funny and quietly moving film .",
    "the plot is thin , the jokes are stale and nobody on screen seems to care .",
    "It's NOT a bad movie, but I wouldn't call it great either.",
    "Amélie is a très charmant café crème of a film, naïve and déjà vu at once",
    "best film ever \U0001f600\U0001f389 \u4e16\u754c",
    "\U0001f600",
    "10 out of 10 for the first 20 minutes; 1/10 for the other 100% (yes, really)",
    "unwatchable",
    "\"so-bad-it's-good\" has never been further from the truth",
    "there are moments in this long and often beautiful film when the story seems to lose its way , "
    "when the young hero wanders from one village to the next without knowing what he is looking "
    "for , and yet the patient camera , the spare music and above all the two remarkable leading "
    "actors keep drawing us back until , in the last half hour , everything that looked like an "
    "accident turns out to have been carefully and movingly prepared .",
    ("a clever idea .", "a clumsy film ."),
    ("Is it worth seeing?", "Yes \u2014 twice, if only for the d\u00e9cor and the unforgettable final scene"),
]


def text_cases(model, tokenizer):
    for item in TEXTS:
        text, pair = item if isinstance(item, tuple) else (item, None)
        encoded = tokenizer(text, pair)
        case = {"text": text} if pair is None else {"text": text, "pair": pair}
        case["input_ids"] = encoded["input_ids"]
        case["token_type_ids"] = encoded["token_type_ids"]
        yield case | outputs(model, case["input_ids"], case["token_type_ids"])


@torch.no_grad()
def dev_logits(model, tokenizer, path):
    right, logits = 0, []
    with open(path, encoding="utf-8") as file:
        next(file)
        for line in file:
            text, label = line.rstrip("\n").rsplit("\t", 1)
            out = model(**tokenizer(text.strip(), return_tensors="pt")).logits[0]
            right += int(out.argmax()) == int(label)
            logits.append(rounded(out, digits=7))
    return right, logits


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="models/bert-tiny-sst2")
    parser.add_argument("--data", default="../shared/data/sst2", help="folder of dev.tsv")
    parser.add_argument("--out", default="test/golden")
    args = parser.parse_args()
    name = os.path.basename(os.path.normpath(args.model))
    model, tokenizer = load(args.model), AutoTokenizer.from_pretrained(args.model)
    write(os.path.join(args.out, f"{name}.json"), {"model": name}, "cases",
          list(text_cases(model, tokenizer)))
    right, logits = dev_logits(model, tokenizer, os.path.join(args.data, "dev.tsv"))
    write(os.path.join(args.out, "sst2-dev-logits.json"),
          {"model": name, "right": right, "count": len(logits)}, "logits", logits)


if __name__ == "__main__":
    main()
