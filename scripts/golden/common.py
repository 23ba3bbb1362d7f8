"""What the golden-output scripts share: running a transformers BERT and writing compact JSON."""
import json

import torch
from transformers import AutoModelForSequenceClassification, BertModel

WIDTH = 8  # values kept of a row; enough to tell a wrong layer from a right one


def load(folder, bare=False):
    """The model in float64. Weights stored in half precision become exact float64 values, so what
    comes out depends on the file alone and not on the order in which some library adds floats."""
    kind = BertModel if bare else AutoModelForSequenceClassification
    return kind.from_pretrained(folder, dtype=torch.float64).eval()


def rounded(tensor, digits=9):
    return [float(f"{value:.{digits}g}") for value in tensor.flatten().tolist()]


@torch.no_grad()
def outputs(model, input_ids, token_type_ids):
    """Logits (none for a bare model), the pooled output and, after the embedding and after every
    layer, the start of the first and of the last row."""
    bert = getattr(model, "bert", model)
    out = bert(input_ids=torch.tensor([input_ids]), token_type_ids=torch.tensor([token_type_ids]),
               output_hidden_states=True)
    hidden = [{"first": rounded(state[0, 0, :WIDTH]), "last": rounded(state[0, -1, :WIDTH])}
              for state in out.hidden_states]
    golden = {"hidden": hidden, "pooled": rounded(out.pooler_output[0, :WIDTH])}
    if model is not bert:
        golden["logits"] = rounded(model.classifier(out.pooler_output))
    return golden


def write(path, head, name, items):
    """Writes `head` with one more member, a list called `name` that has one item to a line, so
    that a changed golden shows as a changed line. Not ASCII means escaped: some texts hold
    characters that no editor shows."""
    lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in items)
    start = json.dumps(head)[:-1] + (", " if head else "")
    with open(path, "w", encoding="ascii") as file:
        file.write(f'{start}"{name}": [\n{lines}\n]}}\n')
    print(f"{path}: {len(items)} {name}")
