// All settings, drawn from their descriptions, in a panel beside the page that leaves the run in sight.
import { X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { DTYPE_CHOICES } from '../../../src/model/dtype';
import { useBusy, useChosenMethod, useChosenName, useSettings } from '../../session/hooks';
import { useSession } from '../../session/context';
import { DEVICES } from '../../stores/choices';
import { en } from '../../strings/en';
import { settingsText } from '../../strings/settings';
import { ChoiceRow } from './ChoiceRow';
import { PresetRow } from './PresetRow';
import { SettingRow } from './SettingRow';
import styles from './SettingsPanel.module.css';

export function SettingsPanel() {
  const session = useSession();
  const method = useChosenMethod();
  const { space } = method;
  const settings = useSettings((store) => store.settings);
  const device = useSettings((store) => store.device);
  const dtype = useSettings((store) => store.dtype);
  const busy = useBusy();
  // The model of the page has no such dtype.
  const isOther = useChosenName() !== null;
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const changed = Object.keys(space.diff(settings)).length;
  useEffect(() => {
    const opener = document.activeElement;
    heading.current?.focus();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  const close = (): void => session.page.getState().setSettingsOpen(false);
  const { resetSettings, choose, setSetting, usePreset: choosePreset } = session.settings.getState();
  return (
    <aside
      ref={panel}
      className={styles['panel']}
      aria-label={en.sections.settings}
      data-screen-only
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        close();
      }}
    >
      <header className={styles['head']}>
        <h2 ref={heading} tabIndex={-1}>
          {en.sections.settings}
        </h2>
        <button type="button" className="button button-quiet" disabled={busy || changed === 0} onClick={resetSettings}>
          {settingsText.resetAll}
        </button>
        <button type="button" className="button button-quiet button-icon" aria-label={en.settings.close} onClick={close}>
          <X size={18} aria-hidden="true" />
        </button>
      </header>
      <div className={styles['body']}>
        <p className="note">{busy ? settingsText.locked : settingsText.of(method.label)}</p>
        <PresetRow method={method} settings={settings} disabled={busy} onChoose={choosePreset} />
        {space.groups.map((group) => (
          <fieldset key={group} className={styles['group']} disabled={busy}>
            <legend>{group}</legend>
            {space.names
              .filter((name) => space.fields[name].group === group)
              .map((name) => (
                <SettingRow
                  key={`${method.id} ${name}`}
                  name={name}
                  field={space.fields[name]}
                  value={settings[name]}
                  standard={space.defaults[name]}
                  onChange={(value) => setSetting(name, value)}
                />
              ))}
          </fieldset>
        ))}
        <fieldset className={styles['group']} disabled={busy}>
          <legend>{settingsText.engine}</legend>
          <ChoiceRow
            label={settingsText.device}
            help={settingsText.deviceHelp}
            value={device}
            standard="auto"
            choices={DEVICES.map((value) => ({ value, label: settingsText.devices[value] }))}
            onChange={(value) => choose({ device: value })}
          />
          <ChoiceRow
            label={settingsText.dtype}
            help={settingsText.dtypeHelp}
            value={dtype}
            standard="auto"
            choices={DTYPE_CHOICES.filter((value) => value !== 'fp16' || isOther || dtype === 'fp16').map((value) => ({
              value,
              label: settingsText.dtypes[value],
            }))}
            onChange={(value) => choose({ dtype: value })}
          />
        </fieldset>
        <CopyLink />
      </div>
    </aside>
  );
}

function CopyLink() {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(location.href);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      setCopied(false);
    }
  };
  return (
    <button type="button" className="button" onClick={() => void copy()}>
      <span aria-live="polite">{copied ? settingsText.copied : settingsText.link}</span>
    </button>
  );
}
