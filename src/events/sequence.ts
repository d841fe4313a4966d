// The grammar of a run: which event may follow which, and what an event may refer to.
import { isTerminal, MOST, type RunEvent, type RunEventOf, type StepEvent, type Stream } from './events';

/** Looks at the next event; returns what is wrong with it in words, or null. */
export type SequenceGuard = (event: RunEvent) => string | null;

/**
 * Makes a guard for one run. It holds: `started` comes first and once (or the run is a lone `failed` or `cancelled`);
 * `image` and `prompt` come at most once; the grid fits the picture; steps come after the image, count up by one from 0
 * and all have the same think tokens; token indices count up from 0 in each stream; `dependence` names a token that
 * exists; patches and attention rows fit the image; nothing is more than a run can have (`MOST`); nothing follows a
 * terminal event.
 */
export function createSequenceGuard(): SequenceGuard {
  const seen = new Set<RunEvent['type']>();
  const tokens: Record<Stream, number> = { baseline: 0, answer: 0 };
  let nextStep = 0;
  let latents: number | null = null;
  let imageTokens = 0;
  let over = false;

  const check = (event: RunEvent): string | null => {
    if (over) return `"${event.type}" comes after the run has ended`;
    // A run whose engine dies before it begins has only its end.
    if (event.type !== 'started' && !seen.has('started') && (event.type === 'finished' || !isTerminal(event)))
      return `the run begins with "${event.type}" instead of "started"`;
    switch (event.type) {
      case 'started':
        return seen.has('started') ? '"started" comes twice' : null;
      case 'prompt': {
        if (seen.has('prompt')) return '"prompt" comes twice';
        const think = event.segments.filter(({ role }) => role === 'think');
        const rows = think.reduce((sum, { length }) => sum + length, 0);
        if (think.length > 1 || rows > MOST.latents) {
          return `the prompt has ${rows} think tokens in ${think.length} places; a run has at most ${MOST.latents} in one`;
        }
        return null;
      }
      case 'image':
        if (seen.has('image')) return '"image" comes twice';
        imageTokens = (event.grid.t * event.grid.h * event.grid.w) / event.merge ** 2;
        return checkGrid(event, imageTokens);
      case 'step': {
        if (!seen.has('image')) return `step ${event.step} comes before the image`;
        if (event.step !== nextStep) return `step ${event.step} comes where ${nextStep} should`;
        nextStep += 1;
        if (nextStep > MOST.steps) return `there are more than ${MOST.steps} steps`;
        latents ??= event.latents.length;
        if (event.latents.length !== latents) {
          return `step ${event.step} has ${event.latents.length} think tokens and the steps before it ${latents}`;
        }
        return checkPatches(event, imageTokens);
      }
      case 'token': {
        const expected = tokens[event.stream]++;
        if (event.index !== expected) return `token ${event.index} of "${event.stream}" comes where ${expected} should`;
        return expected < MOST.tokens ? null : `"${event.stream}" has more than ${MOST.tokens} tokens`;
      }
      case 'dependence':
        return event.index < tokens[event.stream] ? null : `there is no token ${event.index} in "${event.stream}"`;
      default:
        return null;
    }
  };

  return (event) => {
    const problem = check(event);
    seen.add(event.type);
    over ||= isTerminal(event);
    return problem;
  };
}

function checkGrid({ width, height, grid, merge }: RunEventOf<'image'>, imageTokens: number): string | null {
  if (grid.h % merge !== 0 || grid.w % merge !== 0) return `a grid of ${grid.h} x ${grid.w} patches does not merge by ${merge}`;
  if (imageTokens > MOST.imageTokens) return `the picture has ${imageTokens} image tokens; a run has at most ${MOST.imageTokens}`;
  // Patches are square and a whole number of pixels wide.
  if (width % grid.w !== 0 || width / grid.w !== height / grid.h) {
    return `a grid of ${grid.h} x ${grid.w} patches does not fit a picture of ${width} x ${height} pixels`;
  }
  return null;
}

function checkPatches(event: StepEvent, imageTokens: number): string | null {
  const outside = (patches: readonly number[]) => patches.some((patch) => patch >= imageTokens);
  for (const { patches, added, rejected, attention } of event.latents) {
    if ([patches, added, rejected].some(outside)) return `step ${event.step} names a patch outside the image`;
    if (attention.length !== 0 && attention.length !== imageTokens) {
      return `step ${event.step} has attention over ${attention.length} image tokens instead of ${imageTokens}`;
    }
  }
  if (event.candidates.some((candidate) => outside(candidate.patches) || candidate.latent >= event.latents.length)) {
    return `step ${event.step} has a candidate outside the image or the think block`;
  }
  return null;
}
