// What events are called: the format's number, the phases of a run, its streams of tokens, and which event ends it.

/** Version of the event format that is written. Recordings of format 1 are lifted to it (`format-1.ts`); newer ones are refused. */
export const FORMAT = 2;

/** The phases of a run in their order; a run leaves out those that its method and settings do not have. */
export const PHASES = ['read', 'baseline', 'think', 'answer', 'attention', 'controls', 'dependence'] as const;
export const STREAMS = ['baseline', 'answer'] as const;

/** Whether an event ends its stream; exactly one does. */
export function isTerminal({ type }: { readonly type: string }): boolean {
  return type === 'finished' || type === 'cancelled' || type === 'failed';
}
