// Every sentence of the views of interleaved latent reasoning, in one place, so that a translation is a second file of the same shape.
import { formatCount, formatNumber, formatPlural, formatProbability, formatShare, formatSize } from '../../src/text/format';

const PARTS = { text: 'its latent text', vision: 'its latent vision', choice: 'which image tokens it chose' } as const;
const INSTEAD = {
  'other-picture': 'hidden states of another picture',
  'random-words': 'random words',
  noise: 'noise',
} as const;

/** "a", "a and b", "a, b and c". */
const joined = (list: readonly string[]): string =>
  list.length < 2 ? list.join('') : `${list.slice(0, -1).join(', ')} and ${list.at(-1) ?? ''}`;

export const ivtlrText = {
  latents: { letter: 's', one: 'latent step', many: 'latent steps' },
  parts: {
    steps: { title: 'Attention', lead: 'What each latent step attends to, and the sentences of an answer beside it.' },
    latents: { title: 'Latent steps', lead: 'The image tokens that each step inserted, and what its hidden state would say.' },
  },
  topTokens: 'The most likely next tokens by the model’s head at the hidden state that this step feeds back (logit lens).',
  columns: { picks: 'Chosen', covered: 'Covered', picked: 'R of the chosen', norm: 'Length of h' },
  covered: (covered: number, all: number) => `${formatCount(covered)}/${formatCount(all)}`,
  picks: 'Image tokens in the order of their attention',
  pick: (patch: number) => `Patch ${patch}`,
  pickLabel: (patch: number, attention: number) => `Mark patch ${patch}, attention ${formatProbability(attention)}`,
  attention: formatProbability,
  more: (count: number) => `${formatCount(count)} more`,
  noPicks: 'No image tokens.',
  facts: {
    picked: 'attention to them',
    pickedHelp: 'Share of its attention that the row which chose pays to these image tokens, at their places in the picture.',
    coverage: 'covered so far',
    coverageHelp: 'Different image tokens that the steps up to this one have inserted, of all that the picture has.',
    coverageOf: (covered: number, all: number) => `${formatCount(covered)} of ${formatCount(all)} (${formatShare(covered / all)})`,
    norm: 'length of h',
    normHelp:
      'L2 norm of the hidden state that is fed back, and how many times that of a token embedding (root mean square) it is: the model reads both as rows of its input.',
    normOf: (norm: number, embedding: number) => `${formatSize(norm)}, ${formatNumber(norm / embedding, 1)} × an embedding`,
    noText: 'none fed back',
  },
  fact: {
    ratio: 'R',
    ratioHelp: 'Attention ratio: attention to all image rows by attention to all others. It grows with the number of image rows.',
    focus: 'F',
    focusHelp: 'Focus: 1 by the entropy of the row’s attention, in nats. It falls with the number of rows.',
  },
  attribution: {
    steps: (changed: boolean) =>
      changed ? 'Without its latent steps the model answers otherwise.' : 'Without its latent steps the model answers the same.',
    needs: (parts: readonly (keyof typeof PARTS)[]) =>
      parts.length === 0
        ? 'No single part of the steps is needed for this answer.'
        : `The answer needs ${joined(parts.map((part) => PARTS[part]))}: it is another when that is left out or drawn at random.`,
    survives: (instead: readonly (keyof typeof INSTEAD)[]) =>
      instead.length === 0
        ? 'No stand-in for its hidden states keeps the answer: they carry something that it goes by.'
        : `The answer stays with ${joined(instead.map((one) => INSTEAD[one]))} in place of its hidden states: these do not show that it goes by what its own hold.`,
  },
  steps: (count: number) => formatPlural(count, 'latent step', 'latent steps'),
} as const;
