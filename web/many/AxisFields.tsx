// One setting of a sweep and its values.
import { useId } from 'react';
import type { Method } from '../../src/methods/method';
import { manyText } from '../strings/many';
import styles from './Many.module.css';
import { suggestedValues } from './sweep-plan';

/** A setting of a sweep as it is being written; an empty name is no setting. */
export interface AxisDraft {
  readonly name: string;
  readonly values: string;
}

interface Props {
  readonly index: number;
  readonly method: Method;
  readonly axis: AxisDraft;
  readonly onChange: (axis: AxisDraft) => void;
}

const text = manyText.sweep;

export function AxisFields({ index, method: { space }, axis, onChange }: Props) {
  const setting = useId();
  const values = useId();
  const field = axis.name === '' ? null : space.fields[axis.name];
  return (
    <div className={styles['axis']}>
      <label className={styles['field']} htmlFor={setting}>
        {text.setting(index)}
        <select
          id={setting}
          className="field"
          value={axis.name}
          onChange={({ target: { value } }) => onChange({ name: value, values: value === '' ? '' : suggestedValues(space.fields[value]) })}
        >
          <option value="">{text.none}</option>
          {space.groups.map((group) => (
            <optgroup key={group} label={group}>
              {space.names
                .filter((name) => space.fields[name].group === group)
                .map((name) => (
                  <option key={name} value={name}>
                    {space.fields[name].label}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
      </label>
      {field !== null && (
        <label className={styles['field']} htmlFor={values}>
          {text.values(field.label)}
          <input
            id={values}
            className="field"
            autoComplete="off"
            spellCheck={false}
            value={axis.values}
            onChange={(event) => onChange({ ...axis, values: event.target.value })}
          />
        </label>
      )}
    </div>
  );
}
