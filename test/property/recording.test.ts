// Recordings, whole, cut or spoiled: what is read back is what was written.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { EngineFault } from '../../src/errors';
import { emptyRun, foldEvent, foldRun } from '../../src/events/fold';
import { parseRecord } from '../../src/events/read-record';
import { writeRecord } from '../../src/events/record';
import { METHODS } from '../../src/methods/registry';
import { toyRun } from '../fakes/jobs';

// Many repetitions: time for a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('recordings', () => {
  test('fold(parse(write(events))) = fold(events), whole or cut after any event', async () => {
    const events = await toyRun();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: events.length }), (length) => {
        const kept = events.slice(0, length);
        const read = parseRecord(writeRecord(kept), METHODS);
        expect(foldRun(read.events)).toEqual(foldRun(kept));
        expect(read.cutOff).toBe(length < events.length);
      }),
    );
  });

  test('folding in any portions gives the same state', async () => {
    const events = await toyRun();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: events.length }), (cut) => {
        const half = foldRun(events.slice(0, cut));
        expect(events.slice(cut).reduce(foldEvent, half)).toEqual(events.reduce(foldEvent, emptyRun()));
      }),
    );
  });

  test('any text, and any recording cut or spoiled anywhere, is read or refused, never worse', async () => {
    const text = writeRecord(await toyRun({ settings: { steps: 1, maxNewTokens: 2 } }));
    const harmless = (content: string) => {
      try {
        parseRecord(content, METHODS);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(EngineFault);
      }
    };
    fc.assert(fc.property(fc.string(), harmless));
    fc.assert(fc.property(fc.json(), harmless));
    fc.assert(
      fc.property(fc.nat(text.length), fc.string({ maxLength: 5 }), fc.nat(20), (at, put, drop) =>
        harmless(text.slice(0, at) + put + text.slice(at + drop)),
      ),
    );
  });
});
