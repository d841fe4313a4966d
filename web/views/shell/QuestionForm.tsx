// The question, how to answer it, and the one button that runs or stops.
import { SlidersHorizontal } from 'lucide-react';
import { type FormEvent, useId } from 'react';
import { useBusy, useChosenMethod, useInput, useModel, usePage, useSettings } from '../../session/hooks';
import { useSession } from '../../session/context';
import { en } from '../../strings/en';
import { Segmented } from '../../ui/Segmented';
import { RunButton } from './RunButton';
import styles from './QuestionForm.module.css';

/** How many suggestions are offered at once. */
const SHOWN = 4;

export function QuestionForm() {
  const session = useSession();
  const question = useInput((input) => input.question);
  const problem = useInput((input) => input.questionProblem);
  const setQuestion = useInput((input) => input.setQuestion);
  const suggestions = useInput((input) => input.picture?.suggestions ?? input.runSuggestions);
  const method = useChosenMethod();
  const choose = useSettings((store) => store.choose);
  const changed = useSettings((store) => Object.keys(method.space.diff(store.settings)).length);
  const settingsOpen = usePage((page) => page.settingsOpen);
  const setSettingsOpen = usePage((page) => page.setSettingsOpen);
  const busy = useBusy();
  const model = useModel(({ model: state }) => (state.phase === 'ready' ? state.model : undefined));
  const settings = useSettings((store) => store.settings);
  const remarks = model === undefined ? [] : (method.remarks?.(settings, model) ?? []);
  const field = useId();
  const complaint = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!busy) void session.start();
  };
  return (
    <form className={styles['form']} aria-label={en.question.title} onSubmit={submit}>
      <label className={styles['label']} htmlFor={field}>
        {en.question.title}
      </label>
      <textarea
        id={field}
        data-shortcut="question"
        className={`field ${styles['question']}`}
        rows={2}
        dir="auto"
        value={question}
        placeholder={en.question.placeholder}
        aria-invalid={problem !== null}
        aria-describedby={problem === null ? undefined : complaint}
        onChange={(event) => setQuestion(event.target.value)}
      />
      {problem !== null && (
        <p id={complaint} className="problem" role="alert">
          {problem}
        </p>
      )}
      {suggestions.length > 0 && (
        <ul className={styles['suggestions']} aria-label={en.question.suggestions} data-screen-only>
          {suggestions
            .filter((suggestion) => suggestion !== question)
            .slice(0, SHOWN)
            .map((suggestion) => (
              <li key={suggestion}>
                <button type="button" className={styles['suggestion']} disabled={busy} onClick={() => setQuestion(suggestion)}>
                  {suggestion.split('\n', 1)[0]}
                </button>
              </li>
            ))}
        </ul>
      )}
      <div className={styles['bar']} data-screen-only>
        <Segmented
          legend={en.question.method}
          legendHidden
          value={method.id}
          disabled={busy}
          options={session.methods.list.map(({ id, label, help }) => ({ value: id, label, title: help }))}
          onChange={(next) => choose({ method: next })}
        />
        <button type="button" className="button" aria-expanded={settingsOpen} onClick={() => setSettingsOpen(!settingsOpen)}>
          <SlidersHorizontal size={16} aria-hidden="true" />
          {en.settings.open}
          {changed > 0 && (
            <span className={styles['count']}>
              <span aria-hidden="true">{changed}</span>
              <span className="visually-hidden">({en.settings.changed(changed)})</span>
            </span>
          )}
        </button>
        <RunButton />
      </div>
      <p className="note" data-screen-only>
        {method.help}
      </p>
      {remarks.map((remark) => (
        <p key={remark} className="note" data-screen-only>
          {remark}
        </p>
      ))}
    </form>
  );
}
