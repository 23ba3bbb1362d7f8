"""Golden ids and decoded texts of byte-pair tokenizers, by transformers.

    python scripts/golden/bpe.py --out test/golden

Makes bpe.json, and in tokenizers/ a tiny tokenizer.json of each style where there is none yet: the
vocabularies are trained on TEXTS below. A variant is a folder as a checkpoint may have it: such a
tokenizer.json, or the vocab.json and merges.txt of it, with a config.json and a tokenizer_config.json.
"""
import argparse
import json
import os
import tempfile

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

from common import write

TEXTS = [
    # nothing, or nothing but space
    "", " ", "   ", "\n", "\t\n \r\n", "\u00a0\u3000\u2009", "\u0085\u2028",
    # words, and the space before, between and after them
    "Once upon a time, there was a little girl.", " once upon", "  two  spaces ", "a\n\nb\n c\t\td", "end \n", "Hello", "hello world",
    # contractions, in either case, and what only looks like them
    "don't we'll I'm they've it's he'd you're", "DON'T WE'LL IT'S", "'s's 'S'll", "it'\u017f", "o'clock rock'n'roll ' s",
    # digits: runs, groups of three, other scripts, fractions and powers
    "1 12 123 1234 12345678", "3.14159 1,000,000 2026-01-01", "x2y3 42nd", "\u0661\u0662\u0663\u0664 \u0967\u0968", "\u00bd \u00b2 \u2163 \u2460",
    # signs
    "!?... --- $5.00 + 10% = ^_`~|<>", "a_b c-d (e) [f] {g}", "\u201cquoted\u201d \u2014 \u2026 \u20ac",
    # other scripts, accents composed and not, ligatures
    "na\u00efve caf\u00e9 cafe\u0301 \u00c5ngstr\u00f6m stra\u00dfe", "\u043f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440", "\u4f60\u597d\u4e16\u754c \u65e5\u672c\u8a9e\u306e\u6620\u753b \ud55c\uad6d\uc5b4",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd", "\u0939\u093f\u0928\u094d\u0926\u0940 \u0e44\u0e17\u0e22", "\ufb01ne \uff46\uff55\uff4c\uff4c",
    # beyond 16 bits; letters and digits that a later Unicode has and an earlier one has not
    "\U0001f600\U0001f44d\U0001f3fd\U0001f468\u200d\U0001f469\u200d\U0001f467 \U00020000", "a\U000105c0\U000105c1b \U00010d40\U00010d41", "a\u088fb c\U00016ea0d \U00011de0\U00011de1",
    # characters that are not seen
    "a\u0000b\u0007c\u007f", "\ufeffa\ufeff", "zero\u200bwidth soft\u00adhyphen", "\ufffd\ue000",
    # special tokens in the text, with and without space around them, and what only looks like them
    "<s>a</s> b <unk>", " <mask> a <mask>", "<|endoftext|>a<|endoftext|>", "a <|eot_id|> b<|begin_of_text|>", "<S> < s> <pad><pad>",
    "<0x41><0x0A>", "\u2581a \u2581\u2581b", "\u0120the \u010a",
    # added tokens: part of a word, a word, with space to take in, in either case
    "cat cats cat. xcat _cat", "a  dog  b", "BIRD bird", "fish\u2581fish fish",
    # pairs
    ("a girl", "a time"), ("", ""), ("only the first", ""), ("", "only the second"), (" a", " b <s> c"),
    # a long one
    "the little girl was " * 20,
]

BYTES = pre_tokenizers.ByteLevel.alphabet()
LLAMA_3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
           r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def train(tokenizer, size, **settings):
    trainer = trainers.BpeTrainer(vocab_size=size, show_progress=False, **settings)
    texts = [text for item in TEXTS for text in ([item] if isinstance(item, str) else item)]
    tokenizer.train_from_iterator(texts, trainer)


def template(start):
    pair = f"{start} $A {start}:1 $B:1"
    return lambda tokenizer: processors.TemplateProcessing(
        single=f"{start} $A", pair=pair, special_tokens=[(start, tokenizer.token_to_id(start))])


def gpt2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    train(tokenizer, 400, initial_alphabet=BYTES, special_tokens=["<|endoftext|>"])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def roberta():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    train(tokenizer, 400, initial_alphabet=BYTES, special_tokens=["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False, special=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def llama2():
    """As LLaMA 2's: text as one word with a mark for each space, and bytes for unknown characters."""
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split("\u2581", "merged_with_next")  # while it is trained
    train(tokenizer, 480, limit_alphabet=70, special_tokens=special)
    file = json.loads(tokenizer.to_str())
    file["pre_tokenizer"] = None
    file["added_tokens"] = file["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(file))
    tokenizer.post_processor = template("<s>")(tokenizer)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(),
                                           decoders.Strip(" ", 1, 0)])
    return tokenizer


def llama3():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    split = pre_tokenizers.Split(Regex(LLAMA_3), "isolated", False)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    train(tokenizer, 400, initial_alphabet=BYTES)
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"])
    again = template("<|begin_of_text|>")(tokenizer)
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), again])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def odd():
    """What the others have not: unknown characters without bytes, added tokens of every kind, digits apart."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(Regex("[A-Z]"), "x")
    words = pre_tokenizers.Split(Regex(r"\w+|[^\w\s]+"), "removed", True)
    marks = pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(True), marks, words])
    train(tokenizer, 150, limit_alphabet=40, special_tokens=["<unk>"])
    tokenizer.add_tokens([AddedToken("cat", single_word=True), AddedToken("dog", lstrip=True, rstrip=True, normalized=False),
                          AddedToken("Bird", normalized=True), AddedToken("fish", normalized=False), AddedToken("fi")])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="first")
    return tokenizer


STYLES = {"gpt2": gpt2, "roberta": roberta, "llama2": llama2, "llama3": llama3, "odd": odd}
LLAMA = {"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": {"__type": "AddedToken", "content": "</s>"}}
MASK = {"__type": "AddedToken", "content": "<mask>", "lstrip": True, "rstrip": True, "normalized": False, "single_word": False}
FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}

# name, style, from vocab.json and merges.txt, model_type, tokenizer_config.json
VARIANTS = [
    ("gpt2", "gpt2", False, "gpt2", None),
    ("gpt2 of two files", "gpt2", True, "gpt2", {"model_max_length": 1024}),
    ("gpt2 with a space in front", "gpt2", False, "gpt2", {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True}),
    ("gpt2 with ends", "gpt2", True, "gpt2", {"add_bos_token": True, "add_eos_token": True}),
    ("roberta", "roberta", False, "roberta", None),
    ("roberta of two files", "roberta", True, "roberta", {"tokenizer_class": "RobertaTokenizer"}),
    ("roberta with a described mask", "roberta", True, "roberta", {"tokenizer_class": "RobertaTokenizer", "mask_token": MASK}),
    ("llama 2", "llama2", False, "llama", None),
    ("llama 2 by its class", "llama2", False, "llama", LLAMA),
    ("llama 2, legacy", "llama2", False, "llama", {**LLAMA, "tokenizer_class": "LlamaTokenizerFast", "legacy": True}),
    ("llama 2 without a space in front", "llama2", False, "llama", {**LLAMA, "add_prefix_space": False}),
    ("llama 3", "llama3", False, "llama",
     {**FAST, "bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>", "clean_up_tokenization_spaces": True}),
    ("odd", "odd", False, "llama", FAST),
]


def folder_of(out, root, variant):
    name, style, two_files, model_type, config = variant
    folder = os.path.join(root, name)
    os.makedirs(folder)
    path = os.path.join(out, "tokenizers", style, "tokenizer.json")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    files = {"config.json": {"model_type": model_type}}
    if config:
        files["tokenizer_config.json"] = config
    for file, content in files.items():
        with open(os.path.join(folder, file), "w", encoding="utf-8") as target:
            json.dump(content, target)
    if two_files:
        tokenizer = Tokenizer.from_str(text)
        tokenizer.model.save(folder)
        with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as target:
            json.dump(tokenizer.get_vocab(), target)
    else:
        with open(os.path.join(folder, "tokenizer.json"), "w", encoding="utf-8") as target:
            target.write(text)
    return folder


def cases_of(name, tokenizer):
    for item in TEXTS:
        text, pair = item if isinstance(item, tuple) else (item, None)
        encoded = tokenizer(text, pair)
        ids = encoded["input_ids"]
        case = {"variant": name, "text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)}
        if pair is not None:
            case |= {"pair": pair}
        yield case


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="test/golden")
    args = parser.parse_args()
    for style, make in STYLES.items():
        path = os.path.join(args.out, "tokenizers", style, "tokenizer.json")
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="ascii") as file:
                json.dump(json.loads(make().to_str()), file, separators=(",", ":"))
                file.write("\n")
    variants, cases = [], []
    with tempfile.TemporaryDirectory() as root:
        for variant in VARIANTS:
            name, style, two_files, model_type, config = variant
            tokenizer = AutoTokenizer.from_pretrained(folder_of(args.out, root, variant))
            ids = {"bosId": tokenizer.bos_token_id, "eosId": tokenizer.eos_token_id, "padId": tokenizer.pad_token_id}
            variants.append({"name": name, "style": style, "twoFiles": two_files, "modelType": model_type, "config": config,
                             "size": len(tokenizer), **{key: value for key, value in ids.items() if value is not None}})
            cases += cases_of(name, tokenizer)
    write(os.path.join(args.out, "bpe.json"), {"variants": variants}, "cases", cases)


if __name__ == "__main__":
    main()
