// Every sentence of the views that look closer at a run, in one place, so that a translation is a second file of the same shape.
import { formatNumber, formatPlural, formatProbability, formatShare, formatSize } from '../../src/text/format';

export const exploreText = {
  title: 'A closer look',
  views: {
    legend: 'What to look at',
    drift: 'Drift',
    landscape: 'Reward landscape',
    dependence: 'Image dependence',
    heads: 'Attention heads',
    map: 'Map of embeddings',
  },
  notFinished: 'This can be looked at when the run has ended.',
  noLatents: 'This method has no think tokens.',
  ask: {
    loads: 'The model is loaded first; the thought is made again from the seed where its numbers are not kept.',
    stop: 'Stop',
    busy: 'Something else is going on: stop it, or wait until it has ended.',
    think: (done: number, total: number) => `Thinking again: step ${done} of ${total}`,
    measure: (done: number, total: number) => `Measured ${done} of ${total}`,
    starting: 'Getting ready…',
    progress: 'How far it has come',
    stopped: 'Stopped before its end; what was found stays.',
    done: 'Done.',
    recreated: (difference: number) =>
      difference < 1e-3
        ? 'The thought was made again here; its rewards are those of the run.'
        : Number.isFinite(difference)
          ? `The thought was made again here, and its rewards differ from the run’s by up to ${formatSize(difference)}: another device or version rounds differently, so this is another thought from the same seed.`
          : 'The thought was made again here, and it took another number of steps than the run: this is another thought from the same seed.',
  },
  table: { show: 'Show numbers', hide: 'Hide numbers', step: 'Step' },
  latent: (latent: number) => `t${latent + 1}`,
  drift: {
    lead: 'How far each think token, without its perturbation, is from where it started, step by step.',
    legend: 'Measure',
    measures: {
      drift: { label: 'Distance', help: 'L2 distance from the start, in the space of the token embeddings.' },
      cosine: { label: 'Cosine', help: 'Cosine of the angle between the think token and its start; 1: the same direction.' },
      norm: {
        label: 'Norm',
        help: 'L2 norm in units of a typical token embedding: the deviation of the table’s entries times the root of their number.',
      },
    },
    missing: 'This run was recorded before this was measured: press Run to measure it.',
    unmoved: (many: string) => `The ${many} of this method stay as they were made: nothing drifts.`,
    chart: (measure: string) => `${measure} of every think token by step`,
    hint: 'Point at the chart, or move with the arrow keys, to move to a step.',
    value: (value: number | undefined) => formatNumber(value, 3),
  },
  landscape: {
    lead: 'The reward on a plane through the space of all think tokens together, around those the answer was written after.',
    directions: 'Directions',
    kinds: { random: 'two random ones', travel: 'the way from the start, and a random one' },
    points: 'Points a side',
    extent: 'Reaches',
    extentOf: (extent: number) => `±${extent}`,
    extentHelp: 'A step of 1 is as long as noise of σ = 1 on average.',
    scored: 'Answer to score',
    scoredHelp:
      'Its log-probability is shown beside the reward; write the right answer to see whether the reward leads there. Empty: none.',
    gold: (answer: string) => `Use the right answer, “${answer}”`,
    start: 'Measure',
    reward: 'Reward R',
    logprob: (scored: string) => `log p of “${scored}”`,
    axis: { random: ['first direction', 'second direction'], travel: ['way from the start', 'random direction'] },
    point: (a: number, b: number) => `at ${formatNumber(a, 2)}, ${formatNumber(b, 2)}`,
    values: (reward: number | null | undefined, logprob: number | null | undefined) =>
      [...(reward === null ? [] : [`R ${formatSize(reward)}`]), ...(logprob === null ? [] : [`log p ${formatSize(logprob)} nats`])].join(
        ', ',
      ),
    middle: 'the decoded think tokens',
    agreement: (correlation: number) => `Correlation of reward and log p over these points: ${formatNumber(correlation, 2)}.`,
    hint: 'Point at a cell, or move with the arrow keys. ○ is what was decoded; the line is the path of the steps, □ its start, as far as they lie in the frame.',
    csv: 'Points as CSV',
    none: 'Nothing measured yet.',
  },
  dependence: {
    lead: 'How much each token of the answer owes to the picture: its log-probability with the picture, minus that with a corrupted one.',
    corruption: 'Corruption',
    kinds: {
      noise: { label: 'Gaussian noise', unit: 'deviation, where 1 is black to white' },
      blur: { label: 'Blur', unit: 'deviation, as a share of the shorter side' },
      mask: { label: 'Masked blocks', unit: 'share of the image tokens painted grey' },
      grey: { label: 'Plain grey', unit: 'share of grey in the blend' },
      other: { label: 'Another picture', unit: 'share of the other picture in the blend' },
    },
    strength: 'Strength',
    draws: 'Draws',
    oneDraw: 'one: no chance plays a part',
    other: 'The other picture',
    start: 'Measure',
    ofRun: 'As the run measured it, with Gaussian noise.',
    measured: (kind: string, strength: number, draws: number) =>
      `${kind}, strength ${formatNumber(strength, 2)}, ${formatPlural(draws, 'draw', 'draws')}.`,
    none: 'This run did not measure it: choose a corruption and press Measure.',
    histogram: 'Tokens of the answer by image dependence',
    axis: 'image dependence, nats',
    strengthHelp: (unit: string) => `Strength: ${unit}.`,
    threshold: 'Threshold',
    nats: (value: number) => `${formatSize(value)} nats`,
    share: (over: number, total: number) =>
      `${over} of ${formatPlural(total, 'token', 'tokens')} above it (${formatShare(over / Math.max(1, total))})`,
    bin: (from: number, to: number, count: number) =>
      `${formatSize(from)} to ${formatSize(to)} nats: ${formatPlural(count, 'token', 'tokens')}`,
    columns: ['Token', 'Dependence', 'log p with the picture', 'log p with the corrupted one'],
  },
  heads: {
    lead: 'What one think token attends to in the picture, in every layer and head, without perturbation.',
    sequence: 'Sequence',
    decoded: 'as decoded',
    atStep: (step: number) => `after step ${step}`,
    latent: 'Think token',
    start: 'Read attention',
    read: (sequence: string, latent: number) =>
      `Think token ${latent + 1}, ${sequence}. Colours run from 0 to the largest attention of all heads.`,
    grid: 'Attention by layer and head',
    cell: (layer: number, head: number) => `layer ${layer + 1}, head ${head + 1}`,
    facts: (share: number, patch: string, value: number) =>
      `${formatProbability(share)} of its attention lies on the picture, most on ${patch} (${formatProbability(value)}).`,
    hint: 'Choose a map, or move with the arrow keys.',
    columns: ['Layer', 'Head', 'On the picture', 'Strongest patch', 'Its attention'],
    layer: (layer: number) => `L${layer + 1}`,
  },
  map: {
    lead: 'Think tokens of all steps, the question’s tokens and the image features, on their two principal components.',
    basis: 'Components of',
    bases: { all: 'all points', text: 'think tokens and words', latents: 'the think tokens’ paths' },
    frame: 'Frame',
    frames: { all: 'all points', text: 'think tokens and words', latents: 'think tokens' },
    start: 'Draw the map',
    shares: (first: number, second: number, basis: string) =>
      `The two components are of ${basis} and hold ${formatShare(first)} and ${formatShare(second)} of their variance.`,
    chart: 'Map of embeddings',
    kinds: { latent: 'think tokens, ○ start, ● decoded', word: 'tokens of the question', image: 'image features' },
    hint: 'Point at the map, or move through its points with the arrow keys.',
    point: {
      latent: (latent: number, step: number) => `Think token ${latent + 1}, step ${step}`,
      decoded: (latent: number) => `Think token ${latent + 1}, as decoded`,
      word: (text: string) => `“${text}” of the question`,
      image: (name: string) => name,
    },
    cut: (steps: number) => `The paths end at step ${steps}: more vectors than are kept.`,
    columns: ['Point', 'First component', 'Second component'],
    coordinate: (value: number) => formatNumber(value, 3),
  },
} as const;
