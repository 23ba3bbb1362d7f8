"""Trains models/gpt2-tiny-shakespeare or models/llama-tiny-shakespeare, from scratch, on one file.

    python scripts/train/tiny_shakespeare.py --kind gpt2 --text ../shared/data/tinyshakespeare/input.txt
    python scripts/train/tiny_shakespeare.py --kind llama --text ../shared/data/tinyshakespeare/input.txt

Needs torch, transformers, tokenizers and safetensors; runs on one CPU core. The last tenth of the
text is read once, at the end, by reloading what was written: neither the tokenizer nor the model
learns from it, and the settings below were chosen on the validation part alone, which is cut from
the rest. --measure stops before that and writes no model.
"""
import argparse
import math
import os
import time

import torch
import transformers
from torch.nn.functional import dropout
from transformers import (AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPT2LMHeadModel,
                          LlamaConfig, LlamaForCausalLM)

from lm_fit import Windows, fit, nats
from shakespeare import SPECIAL, save_tokenizer, split, train_bpe

WINDOW = 256


def make_gpt2(vocab, rate):
    return GPT2LMHeadModel(GPT2Config(
        vocab_size=vocab, n_positions=WINDOW, n_embd=128, n_layer=4, n_head=4, bos_token_id=0,
        eos_token_id=0, initializer_range=0.06, embd_pdrop=rate, resid_pdrop=rate, attn_pdrop=0.0))


def make_llama(vocab, rate):
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=vocab, max_position_embeddings=WINDOW, hidden_size=128, num_hidden_layers=4,
        num_attention_heads=4, num_key_value_heads=2, intermediate_size=384, bos_token_id=0,
        eos_token_id=1, tie_word_embeddings=True))
    # LLaMA's code has no dropout but in attention. These are the places where GPT-2 has it.
    places = [model.model.embed_tokens]
    for layer in model.model.layers:
        places += [layer.self_attn.o_proj, layer.mlp.down_proj]
    for place in places:
        place.register_forward_hook(lambda module, _, out: dropout(out, rate, module.training))
    return model


def encode(bpe, text):
    """The token ids of a text, and where in them a speech begins: after an empty line."""
    encoded = bpe.encode(text, add_special_tokens=False)
    ends = (end for _, end in encoded.offsets)
    return encoded.ids, [i + 1 for i, end in enumerate(ends) if text[max(end - 2, 0):end] == "\n\n"]


def report(folder, text):
    """What the written folder says of a text, by the classes that anybody would load it with."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    total = nats(model, ids, WINDOW)
    print(f"held out: {len(text)} characters, {len(ids)} tokens; perplexity per token "
          f"{math.exp(total / (len(ids) - 1)):.2f}, bits per character "
          f"{total / math.log(2) / len(text):.3f}, perplexity per character {math.exp(total / len(text)):.3f}")
    prompt = tokenizer("ROMEO:", return_tensors="pt")
    out = model.generate(**prompt, max_new_tokens=80, do_sample=False, pad_token_id=model.config.eos_token_id)
    print(tokenizer.decode(out[0], skip_special_tokens=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kind", choices=["gpt2", "llama"], default="gpt2")
    parser.add_argument("--text", default="../shared/data/tinyshakespeare/input.txt")
    parser.add_argument("--out", default=None, help="default: models/<kind>-tiny-shakespeare")
    parser.add_argument("--measure", action="store_true", help="validation only; writes nothing")
    parser.add_argument("--vocab", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--minutes", type=float, default=23, help="ends the training where steps do not")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--weight-decay", type=float, default=0.1)
    parser.add_argument("--every", type=int, default=200, help="steps between looks at validation")
    parser.add_argument("--patience", type=int, default=4, help="looks without a gain before it stops")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    start = time.time()

    train, validation, held = split(args.text)
    bpe = train_bpe(train, args.vocab, SPECIAL[args.kind])
    ids, speeches = encode(bpe, train)
    torch.manual_seed(args.seed)
    model = (make_gpt2 if args.kind == "gpt2" else make_llama)(bpe.get_vocab_size(), args.dropout)
    print(f"{args.kind}: {model.num_parameters()} parameters; {len(ids)} training tokens of "
          f"{len(train)} characters, {len(speeches)} speeches")
    fit(model, Windows(ids, speeches, 0, WINDOW, args.seed), encode(bpe, validation)[0], steps=args.steps,
        seconds=60 * args.minutes, batch=args.batch, lr=args.lr, weight_decay=args.weight_decay, every=args.every,
        patience=args.patience)
    if args.measure:
        return

    out = args.out or f"models/{args.kind}-tiny-shakespeare"
    os.makedirs(out, exist_ok=True)
    model.half().save_pretrained(out)
    save_tokenizer(args.kind, bpe, out, WINDOW)
    print(f"trained in {time.time() - start:.0f} s with torch {torch.__version__}, "
          f"transformers {transformers.__version__}")
    report(out, held)


if __name__ == "__main__":
    main()
