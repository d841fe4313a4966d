// Lets React finish what an interaction set off, before a test looks: `act`, switched on only while it is wanted.
import { act } from 'react';

/** Runs `work` and waits until React has rendered all it caused. Renders at other times, of lazy chunks say, stay unremarked. */
export async function settled(work: () => unknown): Promise<void> {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  try {
    await act(async () => void (await work()));
  } finally {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false });
  }
}
