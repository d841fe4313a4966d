// The grammar of a run: which event may follow which, and what an event may refer to.
import { isTerminal, type RunEvent, type StepEvent, type Stream } from './events';

/** Looks at the next event; returns what is wrong with it in words, or null. */
export type SequenceGuard = (event: RunEvent) => string | null;

/**
 * Makes a guard for one run. It holds: `started` comes first and once (or the run is a lone `failed` or `cancelled`); `image` and `prompt` at most once; steps count up
 * by one; token indices count up from 0 in each stream; `dependence` names a token that exists; patches and attention
 * rows fit the image; nothing follows a terminal event.
 */
export function createSequenceGuard(): SequenceGuard {
  const seen = new Set<RunEvent['type']>();
  const tokens: Record<Stream, number> = { baseline: 0, answer: 0 };
  let lastStep: number | null = null;
  let imageTokens = 0;
  let over = false;

  const check = (event: RunEvent): string | null => {
    if (over) return `"${event.type}" comes after the run has ended`;
    // A run whose engine dies before it begins has only its end.
    if (event.type !== 'started' && !seen.has('started') && (event.type === 'finished' || !isTerminal(event)))
      return `the run begins with "${event.type}" instead of "started"`;
    switch (event.type) {
      case 'started':
      case 'prompt':
        return seen.has(event.type) ? `"${event.type}" comes twice` : null;
      case 'image': {
        if (seen.has('image')) return '"image" comes twice';
        const { grid, merge } = event;
        if (grid.h % merge !== 0 || grid.w % merge !== 0) return `a grid of ${grid.h} x ${grid.w} patches does not merge by ${merge}`;
        imageTokens = (grid.t * grid.h * grid.w) / (merge * merge);
        return null;
      }
      case 'step': {
        if (lastStep !== null && event.step !== lastStep + 1) return `step ${event.step} comes after step ${lastStep}`;
        lastStep = event.step;
        return checkPatches(event, imageTokens);
      }
      case 'token': {
        const expected = tokens[event.stream]++;
        return event.index === expected ? null : `token ${event.index} of "${event.stream}" comes where ${expected} should`;
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
