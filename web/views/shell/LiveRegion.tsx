// What a screen reader hears of a load and a run: their phases at once, steps now and then, the end; politely and never in a flood.
import { useEffect, useState } from 'react';
import { formatReward } from '../../../src/text/format';
import { isOther } from '../../session/busy';
import { useSession } from '../../session/context';
import type { RunStore } from '../../stores/run-store';
import { en } from '../../strings/en';

/** Steps are said at most this often. */
const STEP_MS = 5000;
/** Longest text that is said: what is longer can be read on the page. */
const LONGEST = 500;

export function LiveRegion() {
  const session = useSession();
  const [words, setWords] = useState('');
  useEffect(() => {
    let saidAt = 0;
    const endModel = session.model.subscribe(({ model }, { model: before }) => {
      if (model.phase === before.phase) return;
      if (model.phase === 'idle' && model.kept !== undefined && isOther(session))
        setWords(en.model.kept(model.kept.loaded, model.kept.total));
      else if (model.phase !== 'idle' && model.phase !== 'failed') setWords(en.model.phases[model.phase]);
    });
    const endRun = session.run.subscribe((now, before) => {
      const phase = phaseWords(now, before);
      if (phase !== null) {
        // A phase is heard out before steps are counted.
        saidAt = performance.now();
        setWords(phase);
      } else if (now.state.steps.length !== before.state.steps.length && performance.now() - saidAt > STEP_MS) {
        saidAt = performance.now();
        const last = now.state.steps.at(-1);
        if (last !== undefined) setWords(en.live.step(last.step, last.bestReward === null ? null : formatReward(last.bestReward)));
      }
    });
    return () => {
      endModel();
      endRun();
    };
  }, [session]);
  return (
    <p className="visually-hidden" role="status">
      {words}
    </p>
  );
}

const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function phaseWords(now: RunStore, before: RunStore): string | null {
  if (now.status !== before.status) {
    switch (now.status) {
      case 'running':
        return now.source === 'recording' ? en.live.recording(shorten(now.recordingInfo?.title ?? '')) : en.live.started;
      case 'stopping':
        return en.run.stopping;
      case 'finished':
        return en.live.finished(shorten(now.state.finished?.answer ?? ''));
      case 'cancelled':
        return now.source === 'live' ? en.live.cancelled : null;
      case 'failed':
        return en.live.failed(shorten(now.state.error?.message ?? ''));
      case 'idle':
        return null;
    }
  }
  const { phase } = now.state;
  return phase !== null && phase !== before.state.phase ? en.live.phases[phase] : null;
}
