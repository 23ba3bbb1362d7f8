"""Golden token ids and decoded texts of the BPE tokenizers, by transformers' AutoTokenizer.

    python scripts/golden/byte_bpe.py --models models --stories ../shared/models/stories260K --out test/golden

Makes byte-bpe.json. A case has a text and its input_ids, or ids and what they decode to without
special tokens ("decoded") and with them ("kept"). For GPT-2 the ids that vocab.json and merges.txt
alone give must be the same: a reader of the folder may use either.
"""
import argparse
import os
import random

from transformers import AutoTokenizer, GPT2TokenizerFast

from common import write

TEXTS = [
    # nothing, or nothing but space
    "", " ", "  ", "     ", "\n", "\n\n", "\n\n\n", "\t", "\r\n", " \n ", "\t\n\r ", "\u00a0", "\u3000\u2009",
    # spaces at the ends and runs of them within
    "a", " a", "  a", "a ", "a  ", " leading and trailing ", "two  spaces   three    four", "a \n b\n\n  c", "x\u00a0y", "tab\tand\ttab",
    # verse
    "ROMEO:", "ROMEO:\nBut, soft! what light through yonder window breaks?", "First Citizen:\n\nSecond Citizen:\n",
    "Once upon a time, there was a little girl named Lily.",
    # contractions, in either case and with the other apostrophe
    "I'm you're he's we'd they'll I've don't", "I'M YOU'RE HE'S WE'D THEY'LL", "it\u2019s o'er 'tis 'S's ''s", "rock'n'roll 'tis'nt",
    # digits and signs
    "0", "1234567890", "3.14159e-10", "in 1599 or 1600,he 2nd", "$5.00 + 10% = ^_`~|<>", "?!...", "a_b __init__ --flag", "\u00b2\u00bd\u2460\u0664\u0667 x\u00b2",
    # code
    "for (let i = 0; i < n; i++) {\n    s += a[i];\n}\n", "def f(x):\n\treturn x**2  # two", "https://example.org/a?b=c&d=%20",
    # accents, composed and not, and other scripts
    "Am\u00e9lie caf\u00e9 na\u00efve d\u00e9j\u00e0 vu", "cafe\u0301 e\u0301\u0302", "stra\u00dfe \u0141\u00f3d\u017a \u0130stanbul", "\u4f60\u597d\u4e16\u754c", "\u65e5\u672c\u8a9e\u306e\u6620\u753b \u30ab\u30bf\u30ab\u30ca",
    "\ud55c\uad6d \uc601\ud654", "\u043e\u0442\u043b\u0438\u0447\u043d\u044b\u0439 \u0444\u0438\u043b\u044c\u043c", "\u0641\u0650\u064a\u0644\u0645 \u05e1\u05b6\u05e8\u05b6\u05d8", "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22", "\U00020000\U0002f800",
    # emoji: alone, joined, with a skin tone, a flag
    "\U0001f600", "great \U0001f600film", "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \U0001f1eb\U0001f1f7 \u2764\ufe0f",
    # signs that nobody sees
    "a\u0000b\ufffdc", "a\u0007b\u001bc\u007fd", "zero\u200bwidth\ufeff soft\u00adhyphen", "line\u2028para\u2029end", "a\u0085b\u000bc\u000cd",
    # special tokens in the text, some with text that only looks like them
    "<|endoftext|>", "one<|endoftext|>two", "one <|endoftext|> two <|endoftext|>", "<|begin_of_text|>hi<|end_of_text|>",
    "<s>", "<s> hi</s>", "a<s>b </s> c<unk>", "<S> <|EndOfText|> <|endoftext |>", "<0x41> \u2581under\u2581score",
    # length
    "a" * 70, "antidisestablishmentarianism", "very " * 40 + "good", "=" * 33 + "\n" + " " * 17 + "x",
]


def id_lists(tokenizer, special, rng):
    """Ids to decode: whole texts, characters of several bytes cut short, special tokens, noise."""
    def ids(text):
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    emoji, letter = ids("x\U0001f600")[1:], ids("x\u00e9")[1:]
    word, size = ids("ROMEO"), len(tokenizer)
    yield from [[], word, ids(" a b "), ids("caf\u00e9 \u4f60\u597d"), ids("a\n\n b"), emoji, letter]
    yield from [emoji[-4:][:cut] for cut in (1, 2, 3)]
    yield from [emoji[-3:], emoji[-1:], emoji[-4:-1] + word, emoji[-4:-2] + emoji, letter[-2:-1] + word + letter[-1:]]
    yield from [word + emoji[-4:-2] + [special] + emoji[-2:], [special]]
    yield from [[special] + word + [special], [special, special] + ids(" hi")]
    yield from [[rng.randrange(size) for _ in range(12)] for _ in range(6)]


def cases(name, folder):
    tokenizer, plain = AutoTokenizer.from_pretrained(folder), None
    if os.path.exists(os.path.join(folder, "merges.txt")):
        plain = GPT2TokenizerFast(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt"))
    for text in TEXTS:
        ids = tokenizer(text, verbose=False)["input_ids"]
        if plain and plain(text)["input_ids"] != ids:
            raise SystemExit(f"{name}: tokenizer.json and merges.txt disagree about {text!r}")
        yield {"tokenizer": name, "text": text, "input_ids": ids}
    special = tokenizer.convert_tokens_to_ids(next(t for t in ("<|endoftext|>", "<|end_of_text|>", "</s>")
                                                   if t in tokenizer.get_vocab()))
    for ids in id_lists(tokenizer, special, random.Random(3)):
        yield {"tokenizer": name, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True),
               "kept": tokenizer.decode(ids)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", default="models", help="folder of the bundled models")
    parser.add_argument("--stories", default="../shared/models/stories260K")
    parser.add_argument("--out", default="test/golden")
    args = parser.parse_args()
    rows = []
    for name in ("gpt2-tiny-shakespeare", "llama-tiny-shakespeare"):
        rows += cases(name, os.path.join(args.models, name))
    rows += cases("stories260K", args.stories)
    write(os.path.join(args.out, "byte-bpe.json"), {}, "cases", rows)


if __name__ == "__main__":
    main()
