// The chosen method's presets as one choice, and what is worth knowing about the settings as they are.
import type { Method } from '../../../src/methods/method';
import { presetOf } from '../../../src/methods/method';
import { useModel } from '../../session/hooks';
import type { AllSettings } from '../../stores/choices';
import { settingsText } from '../../strings/settings';
import { ChoiceRow } from './ChoiceRow';
import styles from './SettingsPanel.module.css';

/** Stands for settings that no preset has. */
const OWN = '';

interface PresetRowProps {
  readonly method: Method;
  readonly settings: AllSettings;
  readonly disabled: boolean;
  readonly onChoose: (id: string) => void;
}

export function PresetRow({ method, settings, disabled, onChoose }: PresetRowProps) {
  const { presets } = method;
  const chosen = presetOf(method, settings);
  const model = useModel(({ model: state }) => (state.phase === 'ready' ? state.model : undefined));
  const remarks = method.remarks?.(settings, model) ?? [];
  if (presets.length === 0 && remarks.length === 0) return null;
  return (
    <fieldset className={styles['group']} disabled={disabled}>
      <legend>{settingsText.presets}</legend>
      {presets.length > 0 && (
        <ChoiceRow
          label={settingsText.preset}
          help={chosen?.help ?? settingsText.presetHelp}
          value={chosen?.id ?? OWN}
          standard={presets[0].id}
          choices={[
            ...presets.map(({ id, label }) => ({ value: id, label })),
            ...(chosen === null ? [{ value: OWN, label: settingsText.noPreset }] : []),
          ]}
          onChange={(id) => id !== OWN && onChoose(id)}
        />
      )}
      <div role="status">
        {remarks.map((remark) => (
          <p key={remark} className="note">
            {remark}
          </p>
        ))}
      </div>
    </fieldset>
  );
}
