"""Golden conversations by transformers: what chat templates make of messages, which template counts, and a chat.

    python scripts/golden/chat.py --model models/llama-tiny-shakespeare --out test/golden

Makes a LLaMA of one layer with random weights for the model's tokenizer, models/llama-chat, and chat.json: for each case the files of templates beside the model's tokenizer, messages, and the text and
token ids that apply_chat_template() gives, or the reason why it refuses; and a chat of three turns with the new
model, whose every answer is the likeliest one to the whole conversation so far.
"""
import argparse
import datetime
import json
import os
import shutil
import tempfile
from unittest.mock import patch

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM
from transformers.utils import chat_template_utils

from common import load_causal, write

NOW = datetime.datetime(2025, 3, 7, 14, 5, 9)

# In the manner of well-known families. Each does something that the others do not.
TEMPLATES = {
    "ChatML, a system's message of its own": """\
{%- if messages[0]['role'] != 'system' -%}
{{- '<|im_start|>system\\nBe brief.<|im_end|>\\n' -}}
{%- endif -%}
{% for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{%- endfor %}
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
""",
    "LLaMA 3, the date": """\
{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set told = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set told = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{{- "Today: " + date_string + "\\n\\n" + told + "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    "Gemma, turns must alternate": """\
{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}\
{% for message in messages %}\
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}\
{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}\
{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}\
{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}""",
    "Mistral, a namespace and the last turn": """\
{%- set ns = namespace(index=0, told=none) %}
{%- if messages[0].role == "system" %}
    {%- set ns.told = messages[0].content %}
    {%- set turns = messages[1:] %}
{%- else %}
    {%- set turns = messages %}
{%- endif %}
{{- bos_token }}
{%- for message in turns %}
    {%- if message.role == "user" %}
        {%- set ns.index = ns.index + 1 %}
        {%- if loop.last and ns.told is not none %}
            {{- "[INST] " + ns.told + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message.role == "assistant" %}
        {{- " " + message["content"]|trim + eos_token }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, with the exception of an initial system message: " + message.role) }}
    {%- endif %}
{%- endfor %}
""",
    "Zephyr": """\
{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}""",
    "thoughts of earlier turns are left out": """\
{{- bos_token }}
{%- for message in messages -%}
  {%- if message.role == 'assistant' -%}
    {%- set content = message.content -%}
    {%- if '</think>' in content -%}
      {%- set content = content.split('</think>')[-1].lstrip('\\n') -%}
    {%- endif -%}
    {{- '<|Assistant|>' ~ content ~ eos_token -}}
  {%- else -%}
    {{- '<|' ~ message.role | capitalize ~ '|>' ~ message.content -}}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt and (enable_thinking is not defined or enable_thinking) -%}{{- '<|Assistant|><think>\\n' -}}{%- endif -%}
""",
    "macros, JSON, blocks of answers": """\
{% macro line(message) %}[{{ message.role | upper }}] {{ message.content | tojson }}{% endmacro %}
{# nobody reads this #}
{% for message in messages if message.role != 'system' %}
{{ loop.index }}. {% generation %}{{ line(message) }}{% endgeneration %}

{% endfor %}
{{ messages | selectattr('role', 'equalto', 'user') | list | length }} of {{ messages | length }}{{ eos_token if not add_generation_prompt else '' }}
""",
}

USER = {"role": "user", "content": " What is the hour? "}
SYSTEM = {"role": "system", "content": "Speak as a lord.\n"}
ANSWER = {"role": "assistant", "content": "<think>\nLate.\n</think>\n\nNear \"midnight\", I deem. \u00e9\U0001f600"}
AGAIN = {"role": "user", "content": "So late?\n\n{{ bos_token }} <|end_of_text|> & <b>"}
CONVERSATIONS = [[USER], [SYSTEM, USER], [USER, ANSWER, AGAIN], [SYSTEM, USER, ANSWER, AGAIN], [USER, AGAIN],
                 [{"role": "narrator", "content": "Night."}]]

PLAY = "{{ bos_token }}{% for m in messages %}{{ m.role | upper }}:\n{{ m.content }}\n\n{% endfor %}{% if add_generation_prompt %}ASSISTANT:\n{% endif %}"


def config(template):
    return {"tokenizer_config.json": {"chat_template": template}}


# Which of several templates counts
SOURCES = [
    config("config"),
    {**config("config"), "chat_template.jinja": "file\n"},
    {**config("config"), "additional_chat_templates/tool_use.jinja": "tools", "chat_template.jinja": "file"},
    {**config("config"), "additional_chat_templates/default.jinja": "folder"},
    {**config("config"), "additional_chat_templates/tool_use.jinja": "tools"},
    config([{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "listed"}]),
    config([{"name": "tool_use", "template": "tools"}]),
    config({"default": "named"}),
    {},
]

TOLD = {"tokenizer_config.json": {
    "chat_template": "{{ bos_token }} {{ eos_token }} {{ pad_token }} {{ image_token }} {{ unk_token is defined }} {{ mask_token }}",
    "pad_token": "<|end_of_text|>", "mask_token": {"content": "<m>", "__type": "AddedToken"}, "image_token": "<image>"}}


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def folder_of(model, into, files):
    """The tokenizer of a model with other files of templates."""
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(os.path.join(model, name), into)
    for name, content in files.items():
        path = os.path.join(into, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if name.endswith(".json"):
            with open(os.path.join(model, name), encoding="utf-8") as file:
                content = json.dumps({**json.load(file), **content})
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
    return AutoTokenizer.from_pretrained(into)


def case(model, name, files, messages):
    with tempfile.TemporaryDirectory() as into:
        tokenizer = folder_of(model, into, files)
        item = {"name": name, "files": files, "messages": messages}
        try:
            with patch.object(chat_template_utils, "datetime", Clock):
                text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
                ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
        except Exception as error:  # whatever it is
            return {**item, "refused": str(error).split("\n")[0]}
        return {**item, "text": text, "ids": ids}


def random_llama(out):
    """Weights are large, so that the likeliest token is so by far."""
    torch.manual_seed(15)
    config = LlamaConfig(vocab_size=1024, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2,
                         num_key_value_heads=1, max_position_embeddings=160, tie_word_embeddings=True, rms_norm_eps=1e-5,
                         initializer_range=0.8, bos_token_id=0, eos_token_id=1)
    LlamaForCausalLM(config).to(torch.float16).save_pretrained(out)


@torch.no_grad()
def chat(model, weights, turns, most):
    """Every answer anew from the whole conversation."""
    with tempfile.TemporaryDirectory() as into:
        tokenizer = folder_of(model, into, {"chat_template.jinja": PLAY})
        lm = load_causal(weights)
        messages, told = [{"role": "system", "content": "Verona."}], []
        for turn in turns:
            messages.append({"role": "user", "content": turn})
            ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
            out = lm.generate(torch.tensor([ids]), max_new_tokens=most, do_sample=False, output_logits=True,
                              return_dict_in_generate=True)
            new = out.sequences[0, len(ids):].tolist()
            best = [logits[0].topk(2).values.tolist() for logits in out.logits]
            print(f"turn {len(told) + 1}: the likeliest token is ahead by {min(a - b for a, b in best):.3f} at least")
            text = tokenizer.decode(ids + new, skip_special_tokens=True)
            text = text[len(tokenizer.decode(ids, skip_special_tokens=True)):]
            messages.append({"role": "assistant", "content": text})
            told.append({"user": turn, "prompt": ids, "ids": new, "text": text})
        return {"system": messages[0]["content"], "template": PLAY, "most": most, "turns": told}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="models/llama-tiny-shakespeare")
    parser.add_argument("--out", default="test/golden")
    args = parser.parse_args()
    rendered = [case(args.model, name, {"chat_template.jinja": template}, messages)
                for name, template in TEMPLATES.items() for messages in CONVERSATIONS]
    sources = [case(args.model, "which counts", files, [USER]) for files in [*SOURCES, TOLD]]
    weights = os.path.join(args.out, "models", "llama-chat")
    random_llama(weights)
    turns = ["Thy name?", "Whence?", "Farewell."]
    head = {"now": NOW.isoformat(), "chat": chat(args.model, weights, turns, 4)}
    write(os.path.join(args.out, "chat.json"), head, "cases", rendered + sources)


if __name__ == "__main__":
    main()
