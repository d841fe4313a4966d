// One setting: its label, symbol, control, help on demand, and a way back to its default.
import { useState } from 'react';
import { toEngineError } from '../../../src/errors';
import type { SettingField, SettingValue } from '../../../src/settings/field';
import { Switch } from '../../ui/Switch';
import { ChoiceRow } from './ChoiceRow';
import { NumberControl } from './NumberControl';
import { SettingFrame } from './SettingFrame';

interface SettingRowProps {
  readonly name: string;
  readonly field: SettingField;
  readonly value: SettingValue;
  /** The default. */
  readonly standard: SettingValue;
  /** Throws an EngineFault when the value does not go with the others. */
  readonly onChange: (value: SettingValue) => void;
}

export function SettingRow({ name, field, value, standard, onChange: tryChange }: SettingRowProps) {
  const [refused, setRefused] = useState<string | null>(null);
  const onChange = (next: SettingValue): void => {
    try {
      tryChange(next);
      setRefused(null);
    } catch (thrown) {
      const { message, action } = toEngineError(thrown);
      setRefused(`${message} ${action}`);
    }
  };
  if (field.kind === 'choice') {
    return <ChoiceRow {...field} value={String(value)} standard={String(standard)} onChange={onChange} />;
  }
  const frame = { ...field, changed: value !== standard, onReset: () => onChange(standard) };
  if (field.kind === 'boolean') {
    return (
      <SettingFrame {...frame}>
        {(id, describedBy) => <Switch id={id} describedBy={describedBy} checked={value === true} onChange={onChange} />}
      </SettingFrame>
    );
  }
  return (
    <SettingFrame {...frame}>
      {(id, describedBy) => (
        <>
          <NumberControl
            key={name}
            id={id}
            describedBy={describedBy}
            field={field}
            value={typeof value === 'number' ? value : null}
            onChange={onChange}
          />
          {refused !== null && (
            <p className="problem" role="alert">
              {refused}
            </p>
          )}
        </>
      )}
    </SettingFrame>
  );
}
