// All settings, drawn from their descriptions, in a panel beside the page that leaves the run in sight.
import { X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { DEFAULT_SETTINGS, SETTING_FIELDS, SETTING_GROUPS, SETTING_NAMES, settingsDiff } from '../../../src/settings/schema';
import { pageStore } from '../../stores/page-store';
import { useChosenName } from '../../stores/chosen-model';
import { DEVICES, DTYPES, settingsStore, useSettings } from '../../stores/settings-store';
import { useBusy } from '../../stores/busy';
import { en } from '../../strings/en';
import { settingsText } from '../../strings/settings';
import { ChoiceRow } from './ChoiceRow';
import { SettingRow } from './SettingRow';
import styles from './SettingsPanel.module.css';

export function SettingsPanel() {
  const settings = useSettings((store) => store.settings);
  const device = useSettings((store) => store.device);
  const dtype = useSettings((store) => store.dtype);
  const busy = useBusy();
  // The model of the page has no such type.
  const isOther = useChosenName() !== null;
  const panel = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const changed = Object.keys(settingsDiff(settings)).length;
  useEffect(() => {
    const opener = document.activeElement;
    heading.current?.focus();
    return () => {
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  const { resetSettings, choose, setSetting } = settingsStore().getState();
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
        {busy && <p className="note">{settingsText.locked}</p>}
        {SETTING_GROUPS.map((group) => (
          <fieldset key={group} className={styles['group']} disabled={busy}>
            <legend>{group}</legend>
            {SETTING_NAMES.filter((name) => SETTING_FIELDS[name].group === group).map((name) => (
              <SettingRow
                key={name}
                name={name}
                field={SETTING_FIELDS[name]}
                value={settings[name]}
                standard={DEFAULT_SETTINGS[name]}
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
            choices={DTYPES.filter((value) => value !== 'fp16' || isOther || dtype === 'fp16').map((value) => ({
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

function close(): void {
  pageStore.getState().setSettingsOpen(false);
}
