// The grammar of a run: which event may follow which, and what an event may refer to.
import { previewProblem } from '../image/preview';
import { tokenCount } from '../image/tiles';
import { isTerminal, MOST, type RunEvent, type RunEventOf, type StepEvent, type Stream } from './events';

/** Looks at the next event; returns what is wrong with it in words, or null. */
export type SequenceGuard = (event: RunEvent) => string | null;

/**
 * Makes a guard for one run. It holds: `started` comes first and once (or the run is a lone `failed` or `cancelled`);
 * `image` and `prompt` come at most once; the tiles lie within the picture, whose preview is a
 * plain file no larger than it; steps come after the image and count up by one from
 * 0; token indices count up from 0 in each stream; `dependence` names a token that exists; patches and attention rows fit the
 * image; nothing is more than a run can have (`MOST`); nothing follows a terminal event. `checkDetail` looks at what a method
 * alone tells of its steps.
 */
export function createSequenceGuard(checkDetail: (step: StepEvent, imageTokens: number) => string | null = () => null): SequenceGuard {
  const seen = new Set<RunEvent['type']>();
  const tokens: Record<Stream, number> = { baseline: 0, answer: 0 };
  let nextStep = 0;
  let imageTokens = 0;
  let over = false;

  const check = (event: RunEvent): string | null => {
    if (over) return `"${event.type}" comes after the run has ended`;
    // A run whose engine fails before it begins has only its end.
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
        imageTokens = tokenCount(event.tiles);
        return checkTiles(event, imageTokens) ?? previewProblem(event.preview, event.width, event.height);
      case 'step': {
        if (!seen.has('image')) return `step ${event.step} comes before the image`;
        if (event.step !== nextStep) return `step ${event.step} comes where ${nextStep} should`;
        nextStep += 1;
        if (nextStep > MOST.steps) return `there are more than ${MOST.steps} steps`;
        return checkPatches(event, imageTokens) ?? checkDetail(event, imageTokens);
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

function checkTiles({ width, height, tiles }: RunEventOf<'image'>, imageTokens: number): string | null {
  if (imageTokens > MOST.imageTokens) return `the picture has ${imageTokens} image tokens; a run has at most ${MOST.imageTokens}`;
  const outside = tiles.findIndex((tile) => tile.x + tile.width > width || tile.y + tile.height > height);
  if (outside >= 0) return `tile ${outside} lies outside the picture of ${width} x ${height} pixels`;
  // An image token stands for a whole number of pixels.
  const uneven = tiles.findIndex((tile) => tile.width % tile.columns !== 0 || tile.height % tile.rows !== 0);
  return uneven < 0 ? null : `tile ${uneven} does not divide into ${tiles[uneven].rows} x ${tiles[uneven].columns} image tokens`;
}

function checkPatches(event: StepEvent, imageTokens: number): string | null {
  const outside = (patches: readonly number[]): boolean => patches.some((patch) => patch >= imageTokens);
  for (const { patches, added, attention } of event.latents) {
    if (outside(patches) || outside(added)) return `step ${event.step} names a patch outside the image`;
    if (attention.length !== 0 && attention.length !== imageTokens) {
      return `step ${event.step} has attention over ${attention.length} image tokens instead of ${imageTokens}`;
    }
  }
  return null;
}
