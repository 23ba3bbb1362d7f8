"""LoRA adapters of peft beside tiny checkpoints of models/, with golden outputs.

    pip install peft
    python scripts/golden/lora.py --out test/golden

Makes models/<name>/ and lora.json below --out, in float64 from float32 weights.
"""
import argparse
import os
import shutil

import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model

from common import rounded, write

IDS = [7, 6, 30, 47, 12, 12, 9, 22]
CASES = {
    "lora-gpt2": ("gpt2-tied", "GPT2LMHeadModel", dict(
        r=3, lora_alpha=6, target_modules=["c_attn", "c_proj"], fan_in_fan_out=True)),
    "lora-distilbert": ("distilbert", "DistilBertForSequenceClassification", dict(
        task_type="SEQ_CLS", r=4, lora_alpha=2, use_rslora=True, target_modules=["q_lin", "v_lin", "lin2"])),
    "lora-qwen3": ("qwen3", "Qwen3ForCausalLM", dict(r=2, lora_alpha=4, target_modules="all-linear")),
}


@torch.no_grad()
def make(base, folder, kind, options):
    torch.manual_seed(7)
    shutil.copytree(base, folder, dirs_exist_ok=True)
    model = get_peft_model(kind.from_pretrained(base, dtype=torch.float32), LoraConfig(**options))
    for name, p in model.named_parameters():
        if "lora_" in name or "modules_to_save" in name:
            p.normal_(0, 0.3)
    model.save_pretrained(folder)
    os.remove(os.path.join(folder, "README.md"))


@torch.no_grad()
def logits(base, folder, kind):
    model = PeftModel.from_pretrained(kind.from_pretrained(base, dtype=torch.float64), folder).double().eval()
    out = model(input_ids=torch.tensor([IDS])).logits[0]
    return rounded(out[-1] if out.ndim == 2 else out)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default="test/golden")
    args = parser.parse_args()
    torch.set_num_threads(1)
    models = os.path.join(args.out, "models")
    rows = []
    for name, (base, kind, options) in CASES.items():
        base, folder, kind = os.path.join(models, base), os.path.join(models, name), getattr(transformers, kind)
        make(base, folder, kind, options)
        rows.append({"model": name, "input_ids": IDS, "logits": logits(base, folder, kind)})
    write(os.path.join(args.out, "lora.json"), {}, "cases", rows)


if __name__ == "__main__":
    main()
