"""The texts that scripts/reference.py is given: on its command line, in a text, or in a table."""
import csv
import json
import os


class Refused(Exception):
    """What is wrong, in a line."""


def texts_of(args):
    texts = [{"text": text} for text in args.text]
    if args.pair and len(args.pair) != len(texts):
        raise Refused(f"there are {len(texts)} --text and {len(args.pair)} --pair")
    for words, pair in zip(texts, args.pair):
        words["pair"] = pair
    rows = rows_of(args) if args.data else []
    ids = [{"ids": ids_of(one)} for one in args.input_ids]
    found = texts + rows[:args.limit] + ids
    if not found:
        raise Refused("there is no text: give --text, --data or --input-ids")
    return found


def ids_of(text):
    try:
        return [int(one) for one in text.split(",")]
    except ValueError:
        raise Refused(f"--input-ids {text} is no list of token ids, such as 5,17,2") from None


def rows_of(args):
    """The lines of a text; or the columns of a table, by the end of its name."""
    ending = os.path.splitext(args.data)[1].lower()
    with open(args.data, encoding="utf-8-sig", newline="") as file:
        if ending in (".tsv", ".csv"):
            quoting = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if ending == ".tsv" else {}
            table = list(csv.DictReader(file, **quoting))
        elif ending in (".jsonl", ".ndjson"):
            table = [json.loads(line) for line in file if line.strip()]
        else:
            return [{"text": line} for line in file.read().splitlines() if line.strip()]
    return [row_of(row, args) for row in table]


def row_of(row, args):
    column = args.text_column or next((name for name in ("text", "sentence") if name in row), "text")
    try:
        return {"text": row[column], **({"pair": row[args.pair_column]} if args.pair_column else {})}
    except KeyError as missing:
        raise Refused(f"{args.data} has no column {missing}; its columns are {', '.join(map(str, row))}") from None
