// Any model by its name on the hub or by its address.
import { type FormEvent, useId, useState } from 'react';
import { type EngineError, toEngineError } from '../../src/errors';
import { hostOfSource, type NamedSource, parseModelSource } from '../../src/engine/model-source';
import { useSession } from '../session/context';
import { modelsText } from '../strings/models';
import { knownLicence } from './catalogue';
import { lookAway, useInspection } from './inspection';
import { LookView } from './LookView';
import styles from './ModelDialog.module.css';
import { OptionCard, type OptionProps } from './OptionCard';
import { look, OTHER, useWays, waysOf } from './ways';

export function OtherOption({ group, after }: OptionProps) {
  const session = useSession();
  const text = useWays((state) => state.text);
  const source = readable(text);
  const licence = useInspection(({ entries }) => knownLicence(entries ?? [], source));
  const [problem, setProblem] = useState<EngineError | null>(null);
  const state = useInspection(({ look: found }) => found.state);
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    try {
      look(session, parseModelSource(text));
      setProblem(null);
    } catch (thrown) {
      setProblem(toEngineError(thrown));
    }
  };
  const words = modelsText.other;
  return (
    <OptionCard group={group} way={OTHER} name={words.title} about={words.about}>
      <form className={styles['form']} onSubmit={submit}>
        <label htmlFor={id}>{words.label}</label>
        <div className={styles['line']}>
          <input
            id={id}
            className="field"
            type="text"
            inputMode="url"
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            dir="ltr"
            maxLength={400}
            placeholder={words.placeholder}
            value={text}
            aria-invalid={problem !== null}
            aria-describedby={problem === null ? `${id}-help` : `${id}-problem`}
            onChange={(event) => {
              waysOf(session).setState({ text: event.target.value });
              setProblem(null);
              if (state !== 'none') lookAway(session);
            }}
          />
          <button
            type="submit"
            className={state === 'none' || state === 'looking' ? 'button button-primary' : 'button'}
            disabled={text.trim() === ''}
            aria-disabled={state === 'looking'}
            aria-describedby={`${id}-host`}
          >
            {modelsText.check}
          </button>
        </div>
        {problem === null ? (
          <p id={`${id}-help`} className="note">
            {words.help}
          </p>
        ) : (
          <p id={`${id}-problem`} className="problem" role="alert">
            {problem.message} {problem.action}
          </p>
        )}
        <p id={`${id}-host`} className="note">
          {source !== null && modelsText.checkHint(hostOfSource(source))}
        </p>
      </form>
      <LookView source={source} licence={licence} after={after} hasButton={false} />
    </OptionCard>
  );
}

function readable(text: string): NamedSource | null {
  try {
    return parseModelSource(text);
  } catch {
    return null;
  }
}
