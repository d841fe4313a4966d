// One way of answering: its name, its method, and what differs from the method's defaults.
import { X } from 'lucide-react';
import { useId } from 'react';
import type { MethodRegistry } from '../../src/methods/method-registry';
import { manyText } from '../strings/many';
import type { ArmDraft } from './evaluation-plan';
import styles from './Many.module.css';

interface Props {
  readonly draft: ArmDraft;
  readonly methods: MethodRegistry;
  readonly onChange: (draft: ArmDraft) => void;
  /** Null for the only one. */
  readonly onRemove: (() => void) | null;
}

const text = manyText.evaluation;

export function ArmFields({ draft, methods, onChange, onRemove }: Props) {
  const id = useId();
  const presets = methods.find(draft.method)?.presets ?? [];
  return (
    <div className={styles['arm']} role="group" aria-label={draft.name}>
      <label className={styles['field']} htmlFor={`${id}name`}>
        {text.name}
        <input
          id={`${id}name`}
          className="field"
          autoComplete="off"
          spellCheck={false}
          value={draft.name}
          onChange={(event) => onChange({ ...draft, name: event.target.value })}
        />
      </label>
      <label className={styles['field']} htmlFor={`${id}method`}>
        {text.method}
        <select
          id={`${id}method`}
          className="field"
          value={draft.method}
          onChange={(event) => onChange({ ...draft, method: event.target.value, preset: '', settings: '' })}
        >
          {methods.list.map((method) => (
            <option key={method.id} value={method.id}>
              {method.label}
            </option>
          ))}
        </select>
      </label>
      <label className={styles['field']} htmlFor={`${id}preset`}>
        {text.preset}
        <select
          id={`${id}preset`}
          className="field"
          disabled={presets.length === 0}
          value={draft.preset}
          onChange={(event) => onChange({ ...draft, preset: event.target.value })}
        >
          <option value="">{text.noPreset}</option>
          {presets.map((preset) => (
            <option key={preset.id} value={preset.id}>
              {preset.label}
            </option>
          ))}
        </select>
      </label>
      <label className={styles['field']} htmlFor={`${id}settings`}>
        {text.settings}
        <input
          id={`${id}settings`}
          className="field"
          autoComplete="off"
          spellCheck={false}
          placeholder={text.settingsHint}
          value={draft.settings}
          onChange={(event) => onChange({ ...draft, settings: event.target.value })}
        />
      </label>
      {onRemove !== null && (
        <button
          type="button"
          className="button button-quiet button-icon"
          aria-label={text.remove(draft.name)}
          title={text.remove(draft.name)}
          onClick={onRemove}
        >
          <X size={16} aria-hidden="true" />
        </button>
      )}
    </div>
  );
}
