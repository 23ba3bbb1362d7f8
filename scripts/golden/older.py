"""Copies of checkpoints in the spelling of older libraries; used by decoders.py, not run itself."""
import json
import os

import torch
from safetensors.torch import load_file, save_file

COPIES = {"llama-old-style": "llama-linear", "llama-old-plain": "llama-multi-head", "gpt2-old-style": "gpt2-tied"}


def copy_older(name, source, folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(source, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    tensors = load_file(os.path.join(source, "model.safetensors"))
    config["torch_dtype"] = config.pop("dtype")
    if config["model_type"] == "gpt2":
        config["transformers_version"] = "4.5.0"
        tensors = older_gpt2(tensors, config)
    else:
        config["transformers_version"] = "4.31.0"
        older_llama(config, plain=name == "llama-old-plain")
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps(config, indent=2, sort_keys=True) + "\n")
    save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})


def older_llama(config, plain):
    """The rotary settings at the top level. The first LLaMA files also left out whatever could only
    be one thing then: the size of a head, the number of key heads, biases."""
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope["rope_theta"]
    config["rope_scaling"] = None if plain else {"type": rope["rope_type"], "factor": rope["factor"]}
    if plain:
        for key in ("rope_theta", "head_dim", "num_key_value_heads", "attention_bias", "mlp_bias"):
            del config[key]


def older_gpt2(tensors, config):
    """GPT-2 as it was released: n_ctx beside n_positions, names without "transformer.", and the mask
    of each layer as a tensor."""
    size = config["n_positions"]
    config["n_ctx"] = size
    del config["tie_word_embeddings"]
    older = {name.removeprefix("transformer."): tensor for name, tensor in tensors.items()}
    for layer in range(config["n_layer"]):
        older[f"h.{layer}.attn.bias"] = torch.ones(1, 1, size, size).tril()
    return older
