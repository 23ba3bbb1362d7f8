"""The teacher of bert_tiny_sst2.py: a text as the mean of its tokens' and token pairs' embeddings."""
from types import SimpleNamespace

import torch
from torch import nn

from sst2 import MASK, PAD


class Bag(nn.Module):
    """A deep averaging network. Called like a transformers model: token ids in, .logits out."""

    def __init__(self, vocab_size, width, buckets, dropout=0.3):
        super().__init__()
        self.vocab_size, self.buckets = vocab_size, buckets  # 0 buckets: no token pairs
        self.embedding = nn.Embedding(vocab_size + buckets, width)
        nn.init.normal_(self.embedding.weight, 0, 0.1)
        self.head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout),
                                  nn.Linear(width, width), nn.ReLU(), nn.Dropout(dropout),
                                  nn.Linear(width, 2))

    def forward(self, input_ids, attention_mask=None):
        seen = (input_ids != PAD) & (input_ids != MASK)  # a dropped word counts for nothing
        if self.buckets:
            left, right = input_ids[:, :-1], input_ids[:, 1:]
            # Pairs share rows by hashing: there are far more of them than are worth a row each.
            pairs = self.vocab_size + (left * 7919 + right * 104729) % self.buckets
            input_ids = torch.cat([input_ids, pairs], 1)
            seen = torch.cat([seen, seen[:, :-1] & seen[:, 1:]], 1)
        weight = seen.unsqueeze(-1).float()
        total = (self.embedding(input_ids) * weight).sum(1)
        return SimpleNamespace(logits=self.head(total / weight.sum(1).clamp(min=1)))
