"""What transformers makes of texts with the tokenizers of checkpoint folders: reference values for scripts/real/compare-tokenizers.mjs.

    python scripts/real/compare_tokenizers.py < jobs > answers

A job is a line of JSON, {"folder": ..., "texts": file of a JSON list of texts, or of pairs of them}. Its answer is a line too: ids, types
where the model gets them, and decoded texts; or the error.
"""
import json
import sys
import warnings

from transformers import AutoTokenizer
from transformers.utils import logging


def answer(job):
    tokenizer = AutoTokenizer.from_pretrained(job["folder"], local_files_only=True)
    with open(job["texts"], encoding="utf-8") as file:
        texts = json.load(file)
    for item in texts:
        text, pair = item if isinstance(item, list) else (item, None)
        encoded = tokenizer(text, pair, verbose=False)
        ids = encoded["input_ids"]
        yield [ids, encoded.get("token_type_ids"), tokenizer.decode(ids, skip_special_tokens=True)]


def main():
    logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        try:
            reply = {"values": list(answer(json.loads(line)))}
        except BaseException as error:  # a broken file makes the library panic, which is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            reply = {"error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
