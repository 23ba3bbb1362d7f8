"""What transformers computes with a checkpoint: token ids, outputs and greedy tokens, for puma compare-plaintext --reference.

    python scripts/reference.py FOLDER --text "a quietly moving film" --out reference.json
    python scripts/reference.py FOLDER --data dev.tsv --limit 50 --out reference.json
    python scripts/reference.py FOLDER --text "ROMEO:" --new-tokens 8 --out reference.json
    python scripts/reference.py FOLDER --input-ids 5,17,2 --out reference.json

It takes torch and transformers (scripts/real/requirements.txt) and shares no code with Puma. The model is the class that config.json names,
in float32; texts are computed one at a time, without padding.
"""
import argparse
import hashlib
import inspect
import json
import os
import sys
import tempfile

from reference_texts import Refused, texts_of

FORMAT = "puma-reference/1"


# Heads: by the ending of a class in transformers, what makes the numbers that are compared of its output. [1, ...] -> [numbers]

def logits_of_labels(out):
    return out.logits[0]


def logits_of_next_token(out):
    return out.logits[0, -1]


def pooled_output(out):
    return out.pooler_output[0]


HEADS = {
    "ForSequenceClassification": logits_of_labels,
    "ForCausalLM": logits_of_next_token,
    "LMHeadModel": logits_of_next_token,
    "Model": pooled_output,
}


def head_of(name):
    for ending, head in HEADS.items():
        if name.endswith(ending):
            return head
    raise Refused(f"{name} is no class of these kinds: {', '.join(HEADS)}")


def architecture_of(folder):
    """The class that config.json names, and the function for its head."""
    import transformers
    config = read_json(os.path.join(folder, "config.json"))
    names = config.get("architectures") if isinstance(config, dict) else None
    if not names:
        raise Refused(f"{folder}: config.json names no class (architectures)")
    kind = getattr(transformers, str(names[0]), None)
    if kind is None:
        raise Refused(f"{folder}: transformers {transformers.__version__} has no class {names[0]}")
    return kind, head_of(names[0])


def open_model(folder, kind):
    """In float32. Weights that the files lack are refused: transformers would draw them at random."""
    import torch
    model, loaded = kind.from_pretrained(folder, dtype=torch.float32, local_files_only=True, use_safetensors=True,
                                         output_loading_info=True)
    missing = sorted(loaded["missing_keys"]) + [str(key) for key in loaded["mismatched_keys"]]
    if missing:
        raise Refused(f"{folder}: the weights of {kind.__name__} lack {missing[0]} and {len(missing) - 1} more")
    return model.eval()


def open_tokenizer(folder):
    from transformers import AutoTokenizer
    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def encode(tokenizer, words):
    """Token ids, types where the model is told them, and the text of each token."""
    if "ids" in words:
        return {"ids": words["ids"]}
    encoded = tokenizer(words["text"], words.get("pair"), verbose=False)
    ids = encoded["input_ids"]
    if not ids:
        raise Refused("the tokenizer makes no token of it")
    types = encoded.get("token_type_ids")
    return {"ids": ids, **({"types": types} if types else {}), "tokens": [tokenizer.decode([one]) for one in ids]}


def run(model, encoded):
    import torch
    row = {"input_ids": torch.tensor([encoded["ids"]])}
    if "types" in encoded and "token_type_ids" in inspect.signature(model.forward).parameters:
        row["token_type_ids"] = torch.tensor([encoded["types"]])
    return model(**row)


def greedy(model, ids, count):
    """The likeliest token, `count` times; and how far its logit is above the next one."""
    import torch
    from transformers import GenerationConfig
    model.generation_config = GenerationConfig(do_sample=False, pad_token_id=0)  # nothing of the checkpoint's
    out = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)).long(), max_new_tokens=count,
                         return_dict_in_generate=True, output_logits=True)
    best = torch.cat(out.logits).topk(2).values
    return {"next": out.sequences[0, len(ids):].tolist(), "gaps": [figure(gap) for gap in best[:, 0] - best[:, 1]]}


def figure(value):
    """Nine digits name a float32."""
    return float(f"{float(value):.9g}")


def case_of(model, tokenizer, head, words, new_tokens):
    encoded = encode(tokenizer, words)
    output = head(run(model, encoded))
    if not output.isfinite().all():
        raise Refused("the output is not finite")
    said = {key: words[key] for key in ("text", "pair") if words.get(key) is not None}
    follow = greedy(model, encoded["ids"], new_tokens) if head is logits_of_next_token else {}
    return {**said, **encoded, "output": [figure(value) for value in output], **follow}


# Files

def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def digests(folder):
    """SHA-256 of config.json and of every file that weights are read from: a reference is of these, byte by byte."""
    single, index = "model.safetensors", "model.safetensors.index.json"
    if os.path.exists(os.path.join(folder, single)):
        names = [single]
    else:
        shards = set(read_json(os.path.join(folder, index))["weight_map"].values())
        names = [index, *sorted(name for name in shards if os.path.exists(os.path.join(folder, name)))]
    return {name: digest(os.path.join(folder, name)) for name in ["config.json", *names]}


def digest(path):
    found = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            found.update(part)
    return found.hexdigest()


def write(path, head, cases):
    """Complete or not at all. A case to a line, so that a changed number shows as a changed line."""
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
    text = f'{json.dumps(head)[:-1]}, "cases": [\n{lines}\n]}}\n'
    handle, part = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".reference-")
    try:
        with open(handle, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        os.unlink(part)
        raise


def reference(args):
    import torch
    import transformers
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    if not os.path.isdir(args.folder):
        raise Refused(f"{args.folder} is no folder")
    words = texts_of(args)
    kind, head = architecture_of(args.folder)
    files = digests(args.folder)
    model = open_model(args.folder, kind)
    tokenizer = open_tokenizer(args.folder) if any("text" in one for one in words) else None
    cases = []
    with torch.no_grad():
        for number, one in enumerate(words, 1):
            try:
                cases.append(case_of(model, tokenizer, head, one, args.new_tokens))
            except Exception as error:
                raise Refused(f"text {number}: {one_line(error)}") from error
    about = {"format": FORMAT, "transformers": transformers.__version__, "torch": torch.__version__,
             "class": kind.__name__, "files": files}
    write(args.out, about, cases)
    print(f"{args.out}: {len(cases)} texts by {kind.__name__} of transformers {transformers.__version__}")


def one_line(error):
    text = " ".join(str(error).split())[:300]
    return text if isinstance(error, Refused) else f"{type(error).__name__}: {text}"


def parse(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", help="a checkpoint: config.json, safetensors and a tokenizer")
    parser.add_argument("--text", action="extend", nargs="+", default=[])
    parser.add_argument("--pair", action="extend", nargs="+", default=[], help="the second text of each --text")
    parser.add_argument("--data", help="one text a line; or .tsv, .csv, .jsonl")
    parser.add_argument("--text-column", help="of a table; text or sentence when left out")
    parser.add_argument("--pair-column")
    parser.add_argument("--limit", type=int, help="take the first rows of the data only")
    parser.add_argument("--input-ids", action="append", default=[], help="token ids instead of a text: 5,17,2")
    parser.add_argument("--new-tokens", type=int, default=1, help="of a model that generates: how many tokens follow")
    parser.add_argument("--out", required=True)
    args = parser.parse_args(argv)
    if args.new_tokens < 1:
        parser.error("--new-tokens must be 1 or more")
    return args


def main():
    args = parse()
    os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported
    try:
        reference(args)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(f"reference.py: {one_line(error)}")


if __name__ == "__main__":
    main()
