"""Training and measuring a small language model on one long text; used by tiny_shakespeare.py."""
import copy
import math
import time

import numpy as np
import torch
from torch.nn.functional import cross_entropy


class Windows:
    """Random windows of a text's tokens. Half begin anywhere; half begin with the begin token and a
    new speech, as a prompt does."""

    def __init__(self, ids, speeches, begin, window, seed):
        self.ids, self.begin, self.window = np.array(ids), begin, window
        self.speeches = np.array([i for i in speeches if i + window <= len(ids)])
        self.rng = np.random.default_rng(seed)

    def batch(self, size):
        """Inputs and targets, two tensors of size x window."""
        half = size // 2
        starts = np.concatenate([self.rng.integers(0, len(self.ids) - self.window, size - half),
                                 self.rng.choice(self.speeches, half)])
        rows = self.ids[starts[:, None] + np.arange(self.window)[None]]
        after = self.ids[np.minimum(starts + self.window, len(self.ids) - 1)][:, None]
        rows = np.concatenate([rows, after], 1)
        rows[size - half:, 1:] = rows[size - half:, :-1].copy()
        rows[size - half:, 0] = self.begin
        rows = torch.from_numpy(rows)
        return rows[:, :-1], rows[:, 1:]


@torch.no_grad()
def nats(model, ids, window):
    """The sum of -log p over ids[1:]. Each token is predicted once, from at least the window / 2
    tokens before it where the text has so many."""
    model.eval()
    ids, step, total = torch.tensor(ids), window // 2, 0.0
    for end in range(window, len(ids) + step - 1, step):
        start, stop = end - window, min(end, len(ids) - 1)
        logits = model(input_ids=ids[None, start:stop]).logits[0]
        fresh = 0 if start == 0 else window - step
        total += cross_entropy(logits[fresh:].float(), ids[start + 1 + fresh:stop + 1], reduction="sum").item()
    return total


def fit(model, windows, validation, *, steps, seconds, batch, lr, weight_decay, every, patience, warmup=100):
    """Minimises the cross-entropy under a cosine schedule that ends with the steps or the seconds,
    whichever is sooner, and leaves in the model the weights that were best on the validation tokens;
    stops when `patience` looks in a row have found no better."""
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
         {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0}],
        lr=lr, betas=(0.9, 0.98), fused=True)
    best, kept, stale, losses, start = math.inf, None, 0, [], time.time()
    for step in range(1, steps + 1):
        done = min(1, max(step / steps, (time.time() - start) / seconds))
        for group in optimizer.param_groups:
            group["lr"] = lr * min(step / warmup, 0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)
        model.train()
        inputs, targets = windows.batch(batch)
        loss = cross_entropy(model(input_ids=inputs).logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        losses.append(loss.item())
        if step % every and done < 1:
            continue
        now = nats(model, validation, windows.window) / (len(validation) - 1)
        print(f"  step {step}/{steps} loss {np.mean(losses):.3f} validation {now:.3f} "
              f"{time.time() - start:.0f} s", flush=True)
        stale, losses = stale + 1, []
        if now < best:
            best, kept, stale = now, copy.deepcopy(model.state_dict()), 0
        if done == 1 or stale == patience:
            break
    model.load_state_dict(kept)
    return model
