// What this device can run, as far as the page knows more than the engine's thread: the device chosen in the settings, and iPads.
import type { LoadRequest } from '../../src/engine/model-host';
import type { DeviceReport, ModelReport } from '../../src/engine/model-report';
import { judgeAll } from '../../src/engine/verdict';
import type { Session } from '../session/session';
import { modelsText } from '../strings/models';

/** Looks at this device. Rejects with an EngineFault when the engine's thread does not answer. */
export async function probeDevice(session: Session): Promise<DeviceReport> {
  const report = await (await session.host()).probe();
  return isIPad() ? { ...report, mobile: true } : report;
}

/** The device as far as a model may use it: with WASM chosen there is no GPU. */
export function deviceFor(report: DeviceReport, chosen: LoadRequest['device']): DeviceReport {
  if (chosen !== 'wasm' || report.webgpu === 'none') return report;
  const problem = { code: 'NO_WEBGPU', message: modelsText.wasmChosen, action: modelsText.wasmChosenAction, retry: false } as const;
  return { ...report, webgpu: 'none', problem };
}

/** The report with its dtypes judged for `device`. What the model's author prefers stays recommended as long as it runs. */
export function judgeFor(device: DeviceReport, report: ModelReport): ModelReport {
  const { dtypes, recommended } = judgeAll(device, report.dtypes);
  const preferred = dtypes.find(({ dtype, verdict }) => dtype === report.recommended && verdict.kind === 'will-run');
  return { ...report, dtypes, recommended: preferred?.dtype ?? recommended };
}

/** iPads call themselves Macs; no Mac has a touch screen, which only the page can ask for. */
function isIPad(): boolean {
  return /Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1;
}
