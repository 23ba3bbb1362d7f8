"""Trains models/bert-tiny-sst2: a two-layer BERT sentiment classifier, from scratch, on SST-2.

    python scripts/train/bert_tiny_sst2.py --data ../shared/data/sst2 --out models/bert-tiny-sst2

Needs torch, transformers, tokenizers and safetensors; runs on a CPU. Four small bag-of-words models
are trained on the labels first; the BERT then learns the mean of the labels and of what these
teachers say of the same text, which steadies a model this small.

The 872 sentences of dev.tsv are read once, at the end, by reloading what was written. --holdout 900
sets aside whole training sentences *with the phrases cut out of them* (SST-2 lists a sentence's
phrases as separate examples, so a random split would leak) and neither reads dev.tsv nor writes a
model. The settings below were tried on an earlier split that still leaked phrases.
"""
import argparse
import os
import time

import torch
import transformers
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertConfig,
                          BertForSequenceClassification)

from bag import Bag
from fit import fit, probabilities
from sst2 import hold_out, make_tokenizer, read_tsv, train_vocabulary

MAX_TOKENS = 128
LABELS = ["NEGATIVE", "POSITIVE"]
# (width, rows for token pairs); the two kinds err on different sentences
TEACHERS = [(200, 0), (64, 100_003), (200, 0), (64, 100_003)]


def accuracy(probs, rows):
    right = (probs.argmax(-1) == torch.tensor([label for _, label in rows])).sum().item()
    return f"{100 * right / len(rows):.2f} % ({right} of {len(rows)})"


def ask_teachers(vocab_size, ids, labels, seed, held_ids, held):
    """The teachers' mean probabilities for the training texts themselves."""
    taught, judged = torch.zeros(len(ids), 2), torch.zeros(len(held), 2)
    for i, (width, buckets) in enumerate(TEACHERS):
        print(f"teacher {i + 1} of {len(TEACHERS)}")
        torch.manual_seed(seed + 1 + i)
        teacher = fit(Bag(vocab_size, width, buckets), ids, labels, seed + 1 + i, epochs=6, batch=256,
                      lr=2e-3, word_dropout=0.3)
        taught += probabilities(teacher, ids) / len(TEACHERS)
        if held:
            one = probabilities(teacher, held_ids)
            judged += one
            print("  held out:", accuracy(one, held), "together:", accuracy(judged, held))
    return taught


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="../shared/data/sst2", help="has train-*.tsv, dev.tsv")
    parser.add_argument("--out", default="models/bert-tiny-sst2")
    parser.add_argument("--holdout", type=int, default=0, help="sentences set aside; measures only")
    parser.add_argument("--vocab", type=int, default=8000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=96)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--word-dropout", type=float, default=0.2)
    parser.add_argument("--smoothing", type=float, default=0.1, help="of the labels")
    parser.add_argument("--teaching", type=float, default=0.5, help="the teachers' share of a target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    start = time.time()

    rows = [row for part in ("train-a.tsv", "train-b.tsv")
            for row in read_tsv(os.path.join(args.data, part))]
    held = []
    if args.holdout:
        rows, held = hold_out(rows, args.holdout, seed=0)
    vocab = train_vocabulary([text for text, _ in rows], args.vocab)
    tokenizer = make_tokenizer(vocab, MAX_TOKENS)

    def encode(some):
        return tokenizer([text for text, _ in some], truncation=True)["input_ids"] if some else []

    ids, held_ids = encode(rows), encode(held)
    one_hot = torch.eye(2)[[label for _, label in rows]]
    targets = one_hot * (1 - args.smoothing) + args.smoothing / 2
    if args.teaching:
        taught = ask_teachers(len(vocab), ids, targets, args.seed, held_ids, held)
        targets = targets.lerp(taught, args.teaching)

    print("student")
    torch.manual_seed(args.seed)
    model = BertForSequenceClassification(BertConfig(
        vocab_size=len(vocab), hidden_size=128, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=512, max_position_embeddings=MAX_TOKENS, hidden_dropout_prob=args.dropout,
        id2label=dict(enumerate(LABELS)), label2id={name: i for i, name in enumerate(LABELS)}))
    fit(model, ids, targets, args.seed, epochs=args.epochs, batch=args.batch, lr=args.lr,
        word_dropout=args.word_dropout)
    if held:
        print("student, held out:", accuracy(probabilities(model, held_ids), held))
        return

    model.save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)
    with open(os.path.join(args.out, "vocab.txt"), "w", encoding="utf-8") as file:
        file.writelines(piece + "\n" for piece in vocab)
    print(f"trained in {time.time() - start:.0f} s with torch {torch.__version__}, "
          f"transformers {transformers.__version__}")

    model = AutoModelForSequenceClassification.from_pretrained(args.out)
    tokenizer = AutoTokenizer.from_pretrained(args.out)
    dev = read_tsv(os.path.join(args.data, "dev.tsv"))
    print("dev.tsv:", accuracy(probabilities(model, encode(dev)), dev))


if __name__ == "__main__":
    main()
