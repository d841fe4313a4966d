// The language model that judges: its address and key as typed, in memory only, and the press that names its host.
import { useState } from 'react';
import { useStore } from 'zustand';
import { manyText } from '../strings/many';
import type { EvaluationWork } from './evaluation-state';
import styles from './Many.module.css';
import { TextField } from './TextField';

const text = manyText.judge;
/** The released code's judge. */
const DEFAULT_MODEL = 'gpt-4.1-2025-04-14';

export function JudgeFields({ work }: { readonly work: EvaluationWork }) {
  const [address, setAddress] = useState('');
  const [key, setKey] = useState('');
  const [model, setModel] = useState(DEFAULT_MODEL);
  const [allowed, setAllowed] = useState<string | null>(null);
  const judge = useStore(work.state, (state) => state.judge);
  const host = URL.canParse(address) ? new URL(address).host : '';
  const allow = (): void => {
    setAllowed(host);
    void work.judgeBy('llm', { address, key, model });
  };
  return (
    <fieldset className={styles['set']}>
      <legend>{text.title}</legend>
      <TextField label={text.address} type="url" value={address} onChange={setAddress} />
      <TextField label={text.key} type="password" value={key} onChange={setKey} />
      <TextField label={text.model} value={model} onChange={setModel} />
      <div className={styles['row']}>
        <button type="button" className="button" disabled={host === '' || model.trim() === ''} onClick={allow}>
          {text.allow(host === '' ? '…' : host)}
        </button>
        <span className="note">{judge === 'llm' && allowed !== null ? text.allowed(allowed) : text.unset}</span>
      </div>
    </fieldset>
  );
}
