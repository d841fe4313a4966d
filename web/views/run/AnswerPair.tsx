// Baseline and optimised answer side by side: same prompt, differences marked, every token coloured by its image dependence.
import { useMemo, useState, type ReactNode } from 'react';
import { extractAnswer } from '../../../src/answer/extract';
import type { RunPhase, Stream } from '../../../src/events/events';
import type { StreamState } from '../../../src/events/fold';
import { diffAnswers } from '../../lib/answer-diff';
import { niceLimit } from '../../lib/color-map';
import { useRun } from '../../session/hooks';
import { isOver } from '../../stores/run-store';
import { runText } from '../../strings/run';
import { LongText } from '../../ui/LongText';
import styles from './AnswerPair.module.css';
import { DependenceLegend } from './DependenceLegend';
import { TokenHeatmap } from './TokenHeatmap';
import { useRunMethod, useRunSettings, useTakesSteps } from './use-run-view';

const text = runText.answers;
/** The scale of S_t never ends below this, in nats: a hundredth of a nat must not look like much. */
const SMALLEST_LIMIT = 1;

/** Phases in which the answer is there already. */
const AFTER_ANSWER: ReadonlySet<RunPhase | null> = new Set(['attention', 'controls', 'dependence']);

/** Image dependence so far, of both answers. */
function values(...streams: readonly StreamState[]): number[] {
  return streams.flatMap((stream) => stream.dependence.flatMap((one) => (one ? [one.value] : [])));
}

export function AnswerPair() {
  const streams = useRun((store) => store.state.streams);
  const method = useRunMethod();
  const phase = useRun((store) => store.state.phase);
  const over = useRun((store) => isOver(store.status));
  const idle = useRun((store) => store.status === 'idle');
  const settings = useRunSettings();
  const run = useRun((store) => store.state.started?.runId);
  const [intensity, setIntensity] = useState(0.5);
  const [threshold, setThreshold] = useState(0.5);
  const { baseline, answer } = streams;

  const limit = useMemo(() => niceLimit(values(baseline, answer), SMALLEST_LIMIT), [baseline, answer]);
  const isWritten = over || AFTER_ANSWER.has(phase);
  const diff = useMemo(
    () =>
      isWritten && baseline.tokens.length > 0 && answer.tokens.length > 0
        ? diffAnswers(
            baseline.tokens.map((token) => token.text),
            answer.tokens.map((token) => token.text),
          )
        : null,
    [isWritten, baseline.tokens, answer.tokens],
  );
  const measured = values(baseline, answer).length > 0;
  const compared = method.baseline?.(settings) ?? null;
  const pair = compared !== null;
  const shared = { limit, intensity, threshold, over, measures: settings.dependence };

  return (
    <div className={styles.answers}>
      <div className={styles.columns} data-pair={pair}>
        {pair && (
          <Answer name={text.baseline} note={compared.prompt === method.prompt(settings) ? text.samePrompt : text.otherPrompt}>
            <TokenHeatmap
              key={run}
              {...shared}
              stream="baseline"
              name={text.baseline}
              differs={diff?.baseline ?? null}
              isStreaming={phase === 'baseline' && !over}
            />
            <Extracted stream="baseline" done={over || (phase !== null && phase !== 'read' && phase !== 'baseline')} />
          </Answer>
        )}
        <Answer name={method.label} note={<AnswerNote />} strong>
          <TokenHeatmap
            key={run}
            {...shared}
            stream="answer"
            name={method.label}
            differs={diff?.answer ?? null}
            isStreaming={!idle && phase === 'answer' && !over}
          />
          <Extracted stream="answer" done={isWritten} />
        </Answer>
      </div>
      <DependenceLegend
        limit={limit}
        intensity={intensity}
        onIntensity={setIntensity}
        threshold={threshold}
        onThreshold={setThreshold}
        disabled={!measured}
        showsDifferences={pair}
      />
    </div>
  );
}

interface AnswerProps {
  readonly name: string;
  readonly note: ReactNode;
  readonly strong?: boolean;
  readonly children: ReactNode;
}

function Answer({ name, note, strong = false, children }: AnswerProps) {
  return (
    <section className={styles.answer} data-strong={strong} aria-label={name}>
      <h3>{name}</h3>
      <p className={styles.note}>{note}</p>
      {children}
    </section>
  );
}

/** From what the answer was written: the step, or that nothing beat the start; nothing for a method without steps. */
function AnswerNote() {
  const bestStep = useRun((store) => store.state.finished?.bestStep ?? store.state.bestStep);
  const takesSteps = useTakesSteps();
  const isWritten = useRun((store) => store.state.streams.answer.tokens.length > 0);
  if (!takesSteps) return '';
  return isWritten && bestStep !== null ? text.bestOf(bestStep) : text.sameQuestion;
}

/** The final answer in words, once the text is complete, and whether it was cut off. Keeps its line before that. */
function Extracted({ stream, done }: { readonly stream: Stream; readonly done: boolean }) {
  const written = useRun((store) => store.state.streams[stream].text);
  const tokens = useRun((store) => store.state.streams[stream].tokens.length);
  const cut = useRun(({ state: { finished } }) => (stream === 'answer' ? finished?.answerCut : finished?.baselineCut) ?? false);
  const found = useMemo(() => (done && written !== '' ? extractAnswer(written) : null), [done, written]);
  return (
    <p className={styles.extracted} data-found={found !== null && found.rule !== 'whole-text'}>
      {found &&
        (found.rule === 'whole-text' ? (
          text.noBoxed
        ) : (
          <>
            <span>{text.extracted}</span>{' '}
            <strong>
              <LongText text={found.text || '–'} />
            </strong>
          </>
        ))}
      {cut && <span className={styles.cut}>{text.cutOff(tokens)}</span>}
    </p>
  );
}
