"""Tokenizer folders as checkpoints have them: each class of tokenizers, from each kind of file, with the settings that change texts.

    python scripts/golden/tokenizer_folders.py --golden test/golden --models models --out FOLDER

The vocabularies are those of the golden tokenizers and of a bundled BERT; those of SentencePiece are trained here on the golden texts.
tokenizers_of_classes.py makes golden outputs of the same folders; scripts/real/compare-tokenizers.mjs compares any number of texts.
"""
import argparse
import json
import os
import shutil
import tempfile

import sentencepiece
from tokenizers import Tokenizer

from bpe import TEXTS

SPECIALS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
SP = dict(vocab_size=300, character_coverage=0.98, pad_id=-1, minloglevel=2, hard_vocab_limit=False)
# A small table of characters: those that SentencePiece brings along have 200 kB.
RULES = [("\ufb01", "fi"), ("\u00bd", "1/2"), ("\u2460", "1"), ("\u3000", " "), ("\u00a0", " "), ("e\u0301", "\u00e9"), ("\uff46", "f"),
         ("\u00c5", "\u00e5"), ("\u200b", ""), ("\t", " ")]
# How each SentencePiece model differs from the standing one.
MODELS = {
    "llama": dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
                  split_digits=True, vocab_size=420),
    "gemma": dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
                  add_dummy_prefix=False, pad_id=0, eos_id=1, bos_id=2, unk_id=3, bos_piece="<bos>", eos_piece="<eos>", vocab_size=420,
                  user_defined_symbols=["<start_of_turn>", "<end_of_turn>", "\n\n"]),
    "code": dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, vocab_size=420,
                 control_symbols=["\u2581<PRE>", "\u2581<MID>", "\u2581<SUF>", "\u2581<EOT>"]),
    "xlmr": dict(model_type="unigram", rules=RULES),
    "unigram": dict(model_type="unigram", byte_fallback=True, rules=RULES, vocab_size=430,
                    user_defined_symbols=["<sep>", "cat"], control_symbols=["<ctl>"]),
    "spaces": dict(model_type="bpe", normalization_rule_name="identity", remove_extra_whitespaces=True),
    "symbols": dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity", vocab_size=420,
                    user_defined_symbols=["don", "[X]", "a+b", "cat"]),
}


def write(folder, **files):
    os.makedirs(folder, exist_ok=True)
    for name, content in files.items():
        name = name.replace("_json", ".json").replace("_txt", ".txt").replace("_model", ".model")
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content if isinstance(content, bytes) else json.dumps(content).encode() if not isinstance(content, str)
                       else content.encode())


def train(settings):
    texts = [text for item in TEXTS for text in ([item] if isinstance(item, str) else item)]
    texts = [line for text in texts for line in text.replace("\0", "").splitlines() if line.strip()]
    model = bytearray()

    class Writer:
        def write(self, data):
            model.extend(data)

    rules = settings.pop("rules", [])
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as table:
        codes = lambda text: " ".join(f"{ord(character):X}" for character in text)  # noqa: E731
        table.writelines(f"{codes(a)}\t{codes(b)}\n" for a, b in rules)
        table.flush()
        if rules:
            settings["normalization_rule_tsv"] = table.name
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(texts), model_writer=Writer(), **{**SP, **settings})
    return bytes(model)


def added(content, **settings):
    flags = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    return {"content": content, **flags, **settings}


def unigram(words):
    """Pieces with scores, and bytes for what they do not cover."""
    letters = sorted({character for word in words if not word.startswith("[") for character in word if character != "#"})
    pieces = [["<unk>", 0.0], ["<s>", 0.0], ["</s>", 0.0], *([f"<0x{byte:02X}>", 0.0] for byte in range(256)), ["\u2581", -2.0],
              *([letter, -4.0 - i / 16] for i, letter in enumerate(letters)),
              *([f"\u2581{word}", -5.0 - i / 8] for i, word in enumerate(word for word in words if word.isalpha() and len(word) > 1))]
    replace = lambda a, b: {"type": "Replace", "pattern": {"String": a}, "content": b}  # noqa: E731
    start = {"SpecialToken": {"id": "<s>", "type_id": 0}}
    text = lambda name, type_id: {"Sequence": {"id": name, "type_id": type_id}}  # noqa: E731
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i, **added(content)} for i, content in enumerate(SPECIALS[f"{name}_token"] for name in ("unk", "bos", "eos"))],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, replace(" ", "\u2581")]}, "pre_tokenizer": None,
        "post_processor": {"type": "TemplateProcessing", "single": [start, text("A", 0)], "pair": [start, text("A", 0), text("B", 1)],
                           "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
        "decoder": {"type": "Sequence", "decoders": [replace("\u2581", " "), {"type": "ByteFallback"}, {"type": "Fuse"},
                                                     {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": True, "vocab": pieces},
    }


def folders(golden, models, trained):
    """Name, model_type, tokenizer_config.json, other files."""
    style = {}
    for name in ("gpt2", "roberta", "llama2", "llama3", "odd"):
        with open(os.path.join(golden, "tokenizers", name, "tokenizer.json"), encoding="utf-8") as file:
            style[name] = json.load(file)
    with open(os.path.join(models, "bert-tiny-sst2", "vocab.txt"), encoding="utf-8") as file:
        words = file.read()[:2400].rsplit("\n", 1)[0] + "\n"
    with open(os.path.join(models, "bert-tiny-sst2", "tokenizer.json"), encoding="utf-8") as file:
        bert = json.load(file)
    lines = words.splitlines()
    bert["model"]["vocab"] = {token: i for i, token in enumerate(lines)}
    size = len(lines)

    def pairs(name):
        tokenizer = Tokenizer.from_str(json.dumps(style[name]))
        merges = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in style[name]["model"]["merges"])]) + "\n"
        return dict(vocab_json=tokenizer.get_vocab(), merges_txt=merges)

    def of_class(name, **settings):
        return {"tokenizer_class": name, **settings}

    vocab, file = dict(vocab_txt=words), dict(tokenizer_json=bert)
    entity = {str(size): added("[E1]", lstrip=True, rstrip=True), str(size + 1): added("[ent]", normalized=True, special=False)}
    yield "bert-vocab", "bert", None, vocab
    yield "bert-cased", "bert", of_class("BertTokenizer", do_lower_case=False, tokenize_chinese_chars=False), vocab
    yield "bert-accents", "bert", of_class("BertTokenizerFast", strip_accents=False, clean_up_tokenization_spaces=True), vocab
    yield "bert-added-decoder", "bert", of_class("BertTokenizer", added_tokens_decoder=entity), vocab
    yield "bert-added-json", "bert", of_class("BertTokenizer"), dict(**vocab, added_tokens_json={"[E1]": size, "walk": size + 1})
    yield "bert-map", "bert", None, dict(**vocab, special_tokens_map_json={"mask_token": "[MASK]", "unk_token": "[UNK]",
                                         "additional_special_tokens": ["[X]"]}, added_tokens_json={"[X]": size})
    yield "bert-crlf", "bert", None, dict(vocab_txt=words.replace("\n", " \r\n"))
    yield "bert-json", "bert", of_class("BertTokenizer", do_lower_case=False), file
    yield "bert-json-fast", "bert", of_class("PreTrainedTokenizerFast", unk_token="[UNK]", pad_token="[PAD]",
                                             clean_up_tokenization_spaces=True), file
    yield "bert-json-types", "bert", of_class("PreTrainedTokenizerFast", unk_token="[UNK]",
                                              model_input_names=["input_ids", "token_type_ids", "attention_mask"]), file
    yield "bert-no-post", "bert", None, dict(tokenizer_json={**bert, "post_processor": None})
    yield "electra", "electra", of_class("ElectraTokenizer"), vocab
    yield "distilbert", "distilbert", of_class("DistilBertTokenizer"), vocab
    yield "mpnet", "mpnet", of_class("MPNetTokenizer", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", bos_token="[CLS]",
                                     eos_token="[SEP]", mask_token="[MASK]"), vocab
    yield "word-level", "bert", of_class("PreTrainedTokenizerFast", unk_token="[UNK]"), dict(tokenizer_json={
        **bert, "model": {"type": "WordLevel", "vocab": bert["model"]["vocab"], "unk_token": "[UNK]"},
        "pre_tokenizer": {"type": "Whitespace"}})
    yield "gpt2-pairs", "gpt2", None, pairs("gpt2")
    yield "gpt2-prefix", "gpt2", of_class("GPT2Tokenizer", add_prefix_space=True, add_bos_token=True), pairs("gpt2")
    yield "gpt2-json", "gpt2", of_class("GPT2TokenizerFast", add_bos_token=True, pad_token="<|pad|>",
                                        additional_special_tokens=["<|a|>", "<|b|>"]), dict(tokenizer_json=style["gpt2"])
    yield "gpt2-extra-names", "gpt2", of_class("GPT2Tokenizer", extra_special_tokens={"image_token": "<image>"},
                                               audio_token="<audio>"), dict(tokenizer_json=style["gpt2"])
    yield "gpt2-padding", "gpt2", of_class("PreTrainedTokenizerFast"), dict(tokenizer_json={**style["gpt2"], "padding": {
        "strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0,
        "pad_token": "<|endoftext|>"}, "truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}})
    yield "roberta-pairs", "roberta", of_class("RobertaTokenizer", add_prefix_space=True, trim_offsets=False), pairs("roberta")
    yield "roberta-json", "roberta", of_class("RobertaTokenizer", mask_token={"__type": "AddedToken", **added("<mask>", lstrip=True)}), \
        dict(tokenizer_json=style["roberta"])
    yield "roberta-decoder", "roberta", of_class("RobertaTokenizer", added_tokens_decoder={
        "3": added("<unk>"), "400": added("<mask>", lstrip=True)}), dict(tokenizer_json=style["roberta"])
    yield "qwen2-pairs", "qwen2", of_class("Qwen2Tokenizer", add_prefix_space=True), pairs("gpt2")
    yield "qwen2-json", "qwen2", of_class("Qwen2Tokenizer", additional_special_tokens=["<|im_start|>", "<|im_end|>"],
                                          add_bos_token=True), dict(tokenizer_json=style["llama3"])
    yield "qwen2-distilled", "qwen2", of_class("LlamaTokenizerFast", bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>",
                                               add_bos_token=True, legacy=True), dict(tokenizer_json=style["llama3"])
    yield "llama3-json", "llama", of_class("LlamaTokenizerFast", bos_token="<|begin_of_text|>"), dict(tokenizer_json=style["llama3"])
    yield "llama2-json", "llama", of_class("LlamaTokenizer", **SPECIALS, legacy=True, add_eos_token=True), \
        dict(tokenizer_json=style["llama2"])
    yield "llama2-map", "llama", of_class("LlamaTokenizerFast", legacy=False), dict(
        tokenizer_json=style["llama2"], special_tokens_map_json={
            "bos_token": added("<s>", normalized=True), "pad_token": "<pad>", "additional_special_tokens": ["[A]", "[B]"]})
    yield "mistral-json", "mistral", of_class("LlamaTokenizer", **SPECIALS), dict(tokenizer_json=style["llama2"])
    yield "odd-json", "llama", of_class("PreTrainedTokenizerFast", added_tokens_decoder={
        "150": added("new", special=False, normalized=True), "151": added("<end>")}, eos_token="<end>"), dict(tokenizer_json=style["odd"])
    yield "wordpiece-marks", "bert", of_class("PreTrainedTokenizerFast", unk_token="[UNK]", pad_token="[PAD]"), dict(tokenizer_json={
        **bert, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Isolated"}]}})
    yield "unigram-json", "llama", of_class("PreTrainedTokenizerFast", **SPECIALS), dict(tokenizer_json=unigram(lines))
    for legacy in (True, False):
        for prefix in (None, False):
            yield f"llama-model-{legacy}-{prefix}", "llama", of_class("LlamaTokenizer", **SPECIALS, legacy=legacy, add_bos_token=True,
                                                                    add_prefix_space=prefix), dict(tokenizer_model=trained["llama"])
    yield "llama-model-ends", "llama", of_class("LlamaTokenizer", add_bos_token=False, add_eos_token=True,
                                                additional_special_tokens=["<a>"]), dict(
        tokenizer_model=trained["llama"], added_tokens_json={"<a>": 420, "<pad>": 421},
        special_tokens_map_json={"pad_token": added("<pad>")})
    yield "llama-model-symbols", "llama", of_class("LlamaTokenizer", **SPECIALS), dict(tokenizer_model=trained["symbols"])
    yield "code-llama-model", "llama", of_class("CodeLlamaTokenizer", **SPECIALS), dict(tokenizer_model=trained["code"])
    yield "code-llama-json", "llama", of_class("CodeLlamaTokenizer", **SPECIALS, add_bos_token=False), dict(tokenizer_json=style["llama2"])
    yield "gemma-model", "gemma", of_class("GemmaTokenizer", add_bos_token=True), dict(tokenizer_model=trained["gemma"])
    yield "gemma-json", "gemma", of_class("GemmaTokenizerFast", unk_token="<unk>", bos_token="<s>"), dict(tokenizer_json=style["llama2"])
    yield "xlm-roberta-model", "xlm-roberta", of_class("XLMRobertaTokenizer"), {"sentencepiece.bpe.model": trained["xlmr"]}
    yield "xlm-roberta-plain", "xlm-roberta", None, {"sentencepiece.bpe.model": trained["xlmr"]}
    yield "mistral-model", "mistral", of_class("LlamaTokenizer", **SPECIALS, add_bos_token=True), dict(tokenizer_model=trained["llama"])
    yield "mistral-model-decoder", "mistral", of_class("LlamaTokenizer", legacy=False, added_tokens_decoder={
        "0": added("<unk>"), "1": added("<s>"), "2": added("</s>"), "5": added("[INST]", normalized=True)}), \
        dict(tokenizer_model=trained["llama"])
    for name in ("unigram", "spaces", "symbols", "gemma"):
        yield f"pieces-{name}", "mistral", None, dict(tokenizer_model=trained[name])


def make(golden, models, out):
    trained = {name: train(dict(settings)) for name, settings in MODELS.items()}
    shutil.rmtree(out, ignore_errors=True)
    for name, model_type, config, files in folders(golden, models, trained):
        folder = os.path.join(out, name)
        write(folder, config_json={"model_type": model_type}, **files)
        if config is not None:
            write(folder, tokenizer_config_json=config)
        yield name, folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--golden", default="test/golden")
    parser.add_argument("--models", default="models", help="folder of the bundled models")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    print(len(list(make(args.golden, args.models, args.out))), "folders")


if __name__ == "__main__":
    main()
