"""The text of tiny_shakespeare.py, its split and its byte-level BPE tokenizers; not run itself."""
import os

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GPT2TokenizerFast, PreTrainedTokenizerFast

HELD_OUT, VALIDATION = 0.1, 0.05  # of all the text; of what is left of it
SPECIAL = {"gpt2": ["<|endoftext|>"], "llama": ["<|begin_of_text|>", "<|end_of_text|>"]}


def split(path):
    """(train, validation, held out). The held-out part is the last tenth of the bytes; validation,
    on which training stops, is the end of the rest. The file is ASCII, so any byte may start a part."""
    with open(path, "rb") as file:
        data = file.read()
    held = int(len(data) * (1 - HELD_OUT))
    start = int(held * (1 - VALIDATION))
    return [part.decode("ascii") for part in (data[:start], data[start:held], data[held:])]


def train_bpe(text, size, special):
    """Byte-level BPE as GPT-2 has it. All 256 bytes are tokens, so that any text can be written."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    bpe.train_from_iterator([text], trainers.BpeTrainer(
        vocab_size=size, min_frequency=2, special_tokens=special, show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    return bpe


def save_tokenizer(kind, bpe, folder, max_tokens):
    """GPT-2: tokenizer.json, and vocab.json with merges.txt that say the same; no token is added to a
    text. LLaMA: tokenizer.json, which puts the begin token before a text."""
    special = SPECIAL[kind]
    if kind == "gpt2":
        bpe.post_processor = processors.ByteLevel(trim_offsets=False)
        bpe.model.save(folder)
        tokenizer = GPT2TokenizerFast(tokenizer_object=bpe, model_max_length=max_tokens)
    else:
        begin = special[0]
        bpe.post_processor = processors.TemplateProcessing(
            single=f"{begin} $A", pair=f"{begin} $A {begin}:1 $B:1",
            special_tokens=[(begin, bpe.token_to_id(begin))])
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=bpe, bos_token=begin, eos_token=special[1], model_max_length=max_tokens)
    tokenizer.save_pretrained(folder)
