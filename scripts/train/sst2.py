"""SST-2 rows and a WordPiece vocabulary made from them; used by bert_tiny_sst2.py, not run itself."""
import random

from tokenizers import BertWordPieceTokenizer
from transformers import BertTokenizerFast

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
PAD, UNK, CLS, SEP, MASK = range(5)
# Every printable ASCII character gets a piece of its own, so ordinary text never meets [UNK] for
# want of a rare letter or sign.
ASCII = [chr(c) for c in range(33, 127) if not chr(c).isupper()]


def read_tsv(path):
    with open(path, encoding="utf-8") as file:
        next(file)
        rows = [line.rstrip("\n").rsplit("\t", 1) for line in file]
    return [(text.strip(), int(label)) for text, label in rows]


def sentences(rows):
    """The rows that are a whole sentence. Many a phrase ends in a full stop too: it is told from a
    sentence by being the end of a longer text."""
    backwards = sorted({text[::-1] for text, _ in rows})
    ends = {a[::-1] for a, b in zip(backwards, backwards[1:]) if b.startswith(a)}
    return sorted({row for row in rows if row[0] not in ends and row[0].endswith(" .")
                   and len(row[0].split()) >= 4})


def hold_out(rows, count, seed):
    """Sets aside `count` whole sentences and drops from training every phrase cut out of them."""
    kept_out = random.Random(seed).sample(sentences(rows), count)
    joined = "\n".join(text for text, _ in kept_out)
    # Single words recur all over and would recur in any unseen sentence too.
    rest = [row for row in rows if len(row[0].split()) < 2 or row[0] not in joined]
    return rest, kept_out


def train_vocabulary(texts, size):
    tokenizer = BertWordPieceTokenizer(lowercase=True)
    tokenizer.train_from_iterator(texts, vocab_size=size, min_frequency=2, special_tokens=SPECIAL,
                                  initial_alphabet=ASCII, show_progress=False)
    vocab = tokenizer.get_vocab()
    return sorted(vocab, key=vocab.get)


def make_tokenizer(vocab, max_tokens):
    return BertTokenizerFast(vocab={piece: i for i, piece in enumerate(vocab)}, do_lower_case=True,
                             model_max_length=max_tokens)
