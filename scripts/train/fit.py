"""The training loop of bert_tiny_sst2.py, for its teachers and its student alike."""
import time

import numpy as np
import torch

from sst2 import MASK, PAD


def batches(ids, size, rng=None):
    """Index batches of similar length; with rng, shuffled and with noise in the length order."""
    noise = rng.uniform(-1.5, 1.5, len(ids)) if rng else np.zeros(len(ids))
    order = np.argsort(np.array([len(x) for x in ids]) + noise, kind="stable")
    groups = [order[i:i + size] for i in range(0, len(order), size)]
    if rng:
        rng.shuffle(groups)
    return groups


def collate(ids, group):
    width = max(len(ids[i]) for i in group)
    tokens = np.full((len(group), width), PAD, dtype=np.int64)
    for row, i in enumerate(group):
        tokens[row, :len(ids[i])] = ids[i]
    return torch.from_numpy(tokens)


@torch.no_grad()
def probabilities(model, ids):
    model.eval()
    out = torch.zeros(len(ids), 2)
    for group in batches(ids, 256):
        tokens = collate(ids, group)
        logits = model(input_ids=tokens, attention_mask=(tokens != PAD).long()).logits
        out[group] = logits.softmax(-1)
    return out


def fit(model, ids, targets, seed, *, epochs, batch, lr, word_dropout, weight_decay=0.05, ema=0.998):
    """Minimises the cross-entropy to `targets`, a distribution for each example, and leaves in the
    model the exponential moving average of its weights."""
    rng = np.random.default_rng(seed)
    parameters = list(model.parameters())
    average = [p.detach().clone() for p in parameters]
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
         {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0}], lr=lr, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, lr, total_steps=epochs * len(batches(ids, batch)), pct_start=0.1,
        anneal_strategy="linear")
    start = time.time()
    for epoch in range(epochs):
        model.train()
        losses = []
        for group in batches(ids, batch, rng):
            tokens = collate(ids, group)
            # Word dropout: without it the model leans on single words and memorises phrases.
            drop = (torch.rand(tokens.shape) < word_dropout) & (tokens > MASK)
            logits = model(input_ids=tokens.masked_fill(drop, MASK),
                           attention_mask=(tokens != PAD).long()).logits
            loss = -(targets[group] * logits.log_softmax(-1)).sum(-1).mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            with torch.no_grad():
                torch._foreach_lerp_(average, parameters, 1 - ema)
        print(f"  epoch {epoch + 1}/{epochs} loss {np.mean(losses):.3f} "
              f"{time.time() - start:.0f} s", flush=True)
    with torch.no_grad():
        for p, mean in zip(parameters, average):
            p.copy_(mean)
    return model
