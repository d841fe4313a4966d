// Whole runs of interleaved latent reasoning on the toy model: their steps, their recordings, their controls.
import { expect, test } from 'vitest';
import { parseRecord } from '../../../../../src/events/read-record';
import { writeRecord } from '../../../../../src/events/record';
import { ivtlr } from '../../../../../src/methods/ivtlr/ivtlr';
import { METHODS } from '../../../../../src/methods/registry';
import { toyRun } from '../../../../fakes/jobs';

test('try', async () => {
  const events = await toyRun({ method: ivtlr, settings: { maxNewTokens: 3, controls: true } });

  expect(parseRecord(writeRecord(events), METHODS)).toEqual({ events, cutOff: false });
});
