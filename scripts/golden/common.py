"""What the golden-output scripts share: running a transformers model and writing compact JSON."""
import json
from contextlib import contextmanager
from unittest.mock import patch

import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSequenceClassification

WIDTH = 8  # values kept of a row; enough to tell a wrong layer from a right one


def load(folder, bare=False):
    """The model in float64. Weights stored in half precision become exact float64 values, so what
    comes out depends on the file alone and not on the order in which some library adds floats."""
    kind = AutoModel if bare else AutoModelForSequenceClassification
    return kind.from_pretrained(folder, dtype=torch.float64).eval()


def load_causal(folder):
    """A language model in float64, but for its RMS norm and rotary angles: see in_double()."""
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()


@contextmanager
def in_double(model):
    """Within it transformers has float64 wherever its code asks for float32, as it does in RMS norm
    and for rotary angles whatever the model's dtype. The angles' frequencies are made anew."""
    default = torch.get_default_dtype()
    with (patch.multiple(torch, float=torch.float64, float32=torch.float64),
          patch.object(torch.Tensor, "float", torch.Tensor.double)):
        torch.set_default_dtype(torch.float64)
        for module in model.modules():
            if hasattr(module, "inv_freq"):
                module.__init__(model.config)
        try:
            yield
        finally:
            torch.set_default_dtype(default)


def rounded(tensor, digits=9):
    return [float(f"{value:.{digits}g}") for value in tensor.flatten().tolist()]


def hidden_ends(states, last=-1):
    """Of each hidden state, that is after the embedding and after every layer, the start of row 0 and
    of row `last`."""
    return [{"first": rounded(state[0, 0, :WIDTH]), "last": rounded(state[0, last, :WIDTH])}
            for state in states]


@torch.no_grad()
def outputs(model, input_ids, token_type_ids):
    """Logits (none for a bare model), the pooled output and the hidden states of a BERT."""
    bert = getattr(model, "bert", model)
    out = bert(input_ids=torch.tensor([input_ids]), token_type_ids=torch.tensor([token_type_ids]),
               output_hidden_states=True)
    golden = {"hidden": hidden_ends(out.hidden_states), "pooled": rounded(out.pooler_output[0, :WIDTH])}
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
