import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { world } from './world.ts';

const { call } = world();

describe('help', () => {
  test('puma --help', async () => {
    const { stdout, stderr, exitCode } = await call('--help');
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: puma [options] [command]

      Run transformers on prompts and weights that nobody may see.

      Options:
        -V, --version      print the version
        -h, --help         display help for command

      Commands:
        infer              classify texts that no party sees
        chat               talk with a model, unheard by any party
        compare-plaintext  show how far secure answers are from those in the clear
        cost               foretell what an inference takes, without running it
        calibrate          plan the rings of a model from texts of yours
        share-weights      share a checkpoint among three parties
        bench              measure inference, protocols and kernels on this machine
        models             list known models and where they are
        pull               fetch a model from the Hugging Face hub
        help [command]     display help for command

      Example:
        $ puma infer --model bert-tiny-sst2 --text "a quietly moving film""
    `);
  });

  test('puma alone: the same on standard error, as a mistake', async () => {
    const { stdout } = await call('--help');
    expect(await call()).toEqual({ stdout: '', stderr: stdout, exitCode: 2 });
  });

  test('puma infer --help', async () => {
    expect((await call('infer', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: puma infer [options]

      classify or continue texts that no party sees

      Options:
        --model <name|folder>              a name that \`puma models\` lists, a Hugging
                                           Face checkpoint, or synthetic:NAME
        --layers <n>                       of a synthetic model: so many layers
        --linear-ring <bits,input,weight>  ring and fractional bits of linear layers,
                                           such as 40,12,13
        --calibration <file>               the plan that \`puma calibrate\` made; when
                                           left out, calibration.json beside the
                                           weights
        --shares <folder>                  use the shares that \`puma share-weights\`
                                           made; without it, share first
        --text <text>                      a text; give the option again for more
        --prompt <text>                    the same, for a model that generates
        --text-pair <text>                 the second text of a pair
        --file <lines.txt>                 a file with one text a line
        --input-ids <ids>                  token ids instead of a text: 5,17,2
        --pad-to <n>                       hide the length: the parties see n tokens
        --unsafe-ranges                    go on although calibration.json says that
                                           the rings are too small
        --check-ranges                     check on shares that values stay within
                                           their rings; the client alone is told
        --no-check-ranges                  do not check; otherwise it is done where
                                           the weights prove too little
        --allow-overflow                   show an answer although values left their
                                           range
        --network <lan|wan|rtt,bandwidth>  as if the parties were on such a network:
                                           lan is 0.5ms,5Gbit; wan is 40ms,400Mbit
        --chat <messages.json>             answer a conversation, as the chat template
                                           writes it
        --max-new-tokens <n>               tokens to add; 32 where there is room
        --stop <text>                      end where this text appears; give the
                                           option again for more
        --reveal <what>                    what the client is shown of each step;
                                           token when left out (choices: "token",
                                           "logits")
        --temperature <t>                  with --reveal logits: sample, at this
                                           temperature
        --top-k <n>                        sample among the n likeliest tokens
        --top-p <p>                        sample among the likeliest tokens that make
                                           up p of 1
        --seed <n>                         sample the same tokens again, but for draws
                                           that rounding decides
        --ignore-generation-config         do not do what generation_config.json says,
                                           but for where texts end
        --threads <n>                      threads of the kernels, for each party
        --json                             print one JSON object and nothing else
        --html <file>                      write the report as a page, with plots; a
                                           file there is replaced
        -h, --help                         display help for command

      Examples:
        $ puma infer --model bert-tiny-sst2 --text "a warm , funny and quietly moving film ."
        $ puma infer --model bert-tiny-sst2 --shares shares --file reviews.txt --pad-to 64 --json
        $ puma infer --model llama-tiny-shakespeare --prompt "ROMEO:" --max-new-tokens 40
        $ puma infer --model SmolLM2-135M-Instruct --chat messages.json"
    `);
  });

  test('puma compare-plaintext --help', async () => {
    expect((await call('compare-plaintext', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: puma compare-plaintext [options]

      show how far secure answers are from those in the clear

      Options:
        --model <name|folder>              a name that \`puma models\` lists, a Hugging
                                           Face checkpoint, or synthetic:NAME
        --layers <n>                       of a synthetic model: so many layers
        --linear-ring <bits,input,weight>  ring and fractional bits of linear layers,
                                           such as 40,12,13
        --calibration <file>               the plan that \`puma calibrate\` made; when
                                           left out, calibration.json beside the
                                           weights
        --shares <folder>                  use the shares that \`puma share-weights\`
                                           made; without it, share first
        --text <text>                      a text; give the option again for more
        --prompt <text>                    the same, for a model that generates
        --text-pair <text>                 the second text of a pair
        --file <lines.txt>                 a file with one text a line
        --input-ids <ids>                  token ids instead of a text: 5,17,2
        --pad-to <n>                       hide the length: the parties see n tokens
        --unsafe-ranges                    go on although calibration.json says that
                                           the rings are too small
        --check-ranges                     check on shares that values stay within
                                           their rings; the client alone is told
        --no-check-ranges                  do not check; otherwise it is done where
                                           the weights prove too little
        --allow-overflow                   show an answer although values left their
                                           range
        --network <lan|wan|rtt,bandwidth>  as if the parties were on such a network:
                                           lan is 0.5ms,5Gbit; wan is 40ms,400Mbit
        --reference <file>                 made by scripts/reference.py: compare its
                                           texts with what transformers computed, too
        --tolerance <t>                    exit with 3 if a logit is off by more; 0.1
                                           when left out, 0.02 with --reference
        --data <file>                      compare over the rows of a data set: .tsv,
                                           .csv, .jsonl, or a plain text
        --preset <name>                    columns and labels as this data set has
                                           them (choices: "sst2", "cola", "rte",
                                           "qnli", "stsb", "wikitext")
        --text-column <name>               the column of the texts
        --pair-column <name>               the column of the second texts
        --label-column <name>              the column of the labels
        --limit <n>                        take n rows only: the first
        --seed <n>                         take a random sample of rows instead, the
                                           same every time
        --batch <n>                        ask n rows at once: they share rounds
        --window <n>                       of a model that generates: the tokens it
                                           sees at once
        --stride <n>                       tokens from one window to the next; a
                                           window when left out
        --layers-of <n>                    open the layers of the first n rows, which
                                           costs traffic; 8 when left out
        --resume <file>                    keep finished rows in this file, and go on
                                           after those that are there
        --threads <n>                      threads of the kernels, for each party
        --json                             print one JSON object and nothing else
        --html <file>                      write the report as a page, with plots; a
                                           file there is replaced
        -h, --help                         display help for command

      Examples:
        $ puma compare-plaintext --model bert-tiny-sst2 --text "a warm , funny and quietly moving film ."
        $ puma compare-plaintext --model bert-tiny-sst2 --file reviews.txt --json
        $ puma compare-plaintext --model bert-tiny-sst2 --data dev.tsv --preset sst2 --limit 200 --seed 1 --batch 8
        $ puma compare-plaintext --model gpt2-tiny-shakespeare --data input.txt --window 128 --limit 20 --resume state.jsonl
        $ puma compare-plaintext --model FOLDER --reference reference.json"
    `);
  });

  test('puma help share-weights', async () => {
    expect((await call('help', 'share-weights')).stdout).toMatchInlineSnapshot(`
      "Usage: puma share-weights [options]

      share a checkpoint among three parties

      Options:
        --model <name|folder>              a name that \`puma models\` lists, a Hugging
                                           Face checkpoint, or synthetic:NAME
        --layers <n>                       of a synthetic model: so many layers
        --linear-ring <bits,input,weight>  ring and fractional bits of linear layers,
                                           such as 40,12,13
        --threads <n>                      threads of the kernels, for each party
        --out <folder>                     the folder to make, with party0, party1 and
                                           party2 in it
        --permit-logits                    let clients ask for all logits of a model
                                           that generates
        --force                            replace shares that are there
        --calibration <file>               the plan that \`puma calibrate\` made; when
                                           left out, calibration.json beside the
                                           weights
        --unsafe-ranges                    go on although calibration.json says that
                                           the rings are too small
        --json                             print one JSON object and nothing else
        -h, --help                         display help for command

      Examples:
        $ puma share-weights --model bert-tiny-sst2 --out shares
        $ puma share-weights --model llama-tiny-shakespeare --permit-logits --out shares"
    `);
  });

  test('puma models --help', async () => {
    expect((await call('models', '--help')).stdout).toMatchInlineSnapshot(`
      "Usage: puma models [options]

      list known models and where they are

      Options:
        --json      print one JSON object and nothing else
        -h, --help  display help for command

      Examples:
        $ puma models"
    `);
  });

  test('puma --version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await call('--version')).toEqual({ stdout: version, stderr: '', exitCode: 0 });
  });
});
