"""A LLaMA in a GGUF file as a Hugging Face folder: weights dequantised and stored in float16, with the tokenizer.

    python scripts/real/convert.py --gguf SmolLM2-135M-Instruct.Q4_1.gguf --out SmolLM2-135M-Instruct
"""
import argparse
import os

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gguf", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    source = {"pretrained_model_name_or_path": os.path.dirname(args.gguf) or ".",
              "gguf_file": os.path.basename(args.gguf)}
    read = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    # A model read from GGUF counts as quantised and refuses another dtype: a new one takes its weights
    config = read.config
    del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(read.state_dict())
    model.to(torch.float16).save_pretrained(args.out)
    AutoTokenizer.from_pretrained(**source).save_pretrained(args.out)


if __name__ == "__main__":
    main()
