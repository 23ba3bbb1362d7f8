"""Golden token ids by transformers' BERT tokenizer for the vocabulary of bert-tiny-sst2.

    python scripts/golden/tokenizer.py --model models/bert-tiny-sst2 --data ../shared/data/sst2 --out test/golden

Makes tokenize.json. The same vocabulary is read twice, as tokenizer.json and as vocab.txt, and the
two must agree: a reader of the folder may use either file.
"""
import argparse
import os

from transformers import AutoTokenizer, BertTokenizerFast

from common import write

DEV_LINES = [0, 1, 6, 40, 111, 222, 333, 444, 555, 666, 777, 871]  # any; rows of dev.tsv

# Grouped by what tends to differ between two implementations of the same normalizer.
TEXTS = [
    # nothing, or nothing but space
    "", " ", "     ", "\t\n\r ", "\u00a0\u3000\u2009",
    # special tokens in the text, and what only looks like them
    "[MASK] hi", "[CLS] hi [SEP]", "hello[SEP]world", "[mask] [Mask]", "[UNK]", "[PAD][PAD]", "[ MASK ]",
    # continuation marks in the text
    "##ing", "## ing", "walk ##ing", "walk##ing", "#", "###",
    # punctuation, digits, symbols: ASCII signs that Unicode does not call punctuation are split too
    "!", "?!...", "don't can't it's", "U.S.A.", "so-bad-it's-good", "$5.00 + 10% = ^_`~|<>", "a_b", "3.14159e-10",
    "\u201cquoted\u201d \u2014 \u2018yes\u2019\u2026", "\u00bfqu\u00e9? \u00a1s\u00ed!", "\u20ac100 \u00a35 \u00b0C \u00d7 \u00b1",
    # capitals and accents, composed and not
    "A GREAT FILM", "Am\u00e9lie caf\u00e9 na\u00efve d\u00e9j\u00e0 vu", "cafe\u0301 e\u0301\u0302", "\u0301", "\u00c5NGSTR\u00d6M \u00d8re stra\u00dfe \u0141\u00f3d\u017a",
    "\u0130stanbul I\u0131", "\u03a3\u0399\u03a3\u03a5\u03a6\u039f\u03a3 \u03a3", "\ufb01ne \u00bd x\u00b2 \u2460 \uff46\uff55\uff4c\uff4c",
    # other scripts: ideographs are words of their own, kana and hangul are not
    "\u4f60\u597d\u4e16\u754c", "film\u7535\u5f71good", "\u65e5\u672c\u8a9e\u306e\u6620\u753b \u30ab\u30bf\u30ab\u30ca", "\ud55c\uad6d \uc601\ud654", "\U00020000\U0002f800 \uf900",
    "\u043e\u0442\u043b\u0438\u0447\u043d\u044b\u0439 \u0444\u0438\u043b\u044c\u043c \u0439", "\u0641\u0650\u064a\u0644\u0645 \u05e1\u05b6\u05e8\u05b6\u05d8", "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22",
    # emoji: alone, joined, with a skin tone, a flag
    "\U0001f600", "great\U0001f600film", "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \U0001f1eb\U0001f1f7 \u2764\ufe0f",
    # characters that are removed, replaced or kept though none is seen
    "a\u0000b\ufffdc", "a\u0007b\u001bc\u007fd", "zero\u200bwidth\ufeff soft\u00adhyphen", "line\u2028para\u2029end", "a\u0085b\u000bc\u000cd",
    "private\ue000 unassigned\u0378",
    # length: a word may have 100 characters and no more; and a text longer than the model takes
    "a" * 100, "a" * 101, "\u00e9" * 60 + "x" * 41, "antidisestablishmentarianism", "very " * 140 + "good",
    # pairs
    ("a clever idea .", "a clumsy film ."), ("", ""), ("only the first", ""), ("", "only the second"),
    ("caf\u00e9 [SEP] one", "\U0001f600 two !"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="models/bert-tiny-sst2")
    parser.add_argument("--data", default="../shared/data/sst2", help="folder of dev.tsv")
    parser.add_argument("--out", default="test/golden")
    args = parser.parse_args()
    with open(os.path.join(args.data, "dev.tsv"), encoding="utf-8") as file:
        lines = file.read().splitlines()[1:]
    dev = [lines[i].rsplit("\t", 1)[0] for i in DEV_LINES]

    tokenizer = AutoTokenizer.from_pretrained(args.model)
    with open(os.path.join(args.model, "vocab.txt"), encoding="utf-8") as file:
        vocab = {line.rstrip("\n"): i for i, line in enumerate(file)}
    plain = BertTokenizerFast(vocab=vocab, do_lower_case=True)

    cases = []
    for item in dev + TEXTS:
        text, pair = item if isinstance(item, tuple) else (item, None)
        encoded = tokenizer(text, pair)
        if encoded["input_ids"] != plain(text, pair)["input_ids"]:
            raise SystemExit(f"tokenizer.json and vocab.txt disagree about {item!r}")
        case = {"text": text, "input_ids": encoded["input_ids"]}
        if pair is not None:
            case |= {"pair": pair, "token_type_ids": encoded["token_type_ids"]}
        cases.append(case)
    write(os.path.join(args.out, "tokenize.json"), {"model": os.path.basename(os.path.normpath(args.model))},
          "cases", cases)


if __name__ == "__main__":
    main()
