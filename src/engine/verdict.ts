// Whether a device can run a model, judged before anything is downloaded.
import { formatBytes } from '../text/format';
import { preferredDtypes, type Dtype } from '../model/dtype';
import type { DeviceReport, DtypeReport, Footprint, Verdict } from './model-report';

/** WebAssembly addresses 4 GiB, and computes a billion weights in minutes a token: beyond this it is no use. */
const MOST_ON_WASM = 400e6;
/** Tabs of phones and tablets are ended at 0.5 to 1.5 GB. */
const MOST_ON_MOBILE = 400e6;
/** Part of the device's memory one tab's model may take. */
const SHARE_OF_MEMORY = 0.75;
/** The largest memory browsers tell; a device that tells it may have more. */
const MEMORY_CAP = 8 * 2 ** 30;

const SMALLER = 'Use the embedded model, a smaller one, or watch the recorded runs.';

const UNVERIFIED =
  'Its weights come without checksums: a damaged copy cannot be told from a good one, and may answer wrongly without an error.';

/**
 * One dtype on one device, the other dtypes of the model left aside. `stored` bytes need not be downloaded; `verified`: its weights have
 * checksums to be compared with.
 */
export function judge(device: DeviceReport, need: Footprint, stored: number, verified: boolean): Exclude<Verdict, { kind: 'instead' }> {
  const cannot = (reason: string, action: string): Verdict & { kind: 'cannot' } => ({ kind: 'cannot', reason, action });
  const notes: string[] = [];
  if (device.mobile && need.gpu > MOST_ON_MOBILE) {
    return cannot(
      `It needs about ${formatBytes(need.gpu)} of memory; browsers on phones and tablets end a page that takes so much.`,
      SMALLER,
    );
  }
  if (device.webgpu !== 'hardware') {
    if (need.gpu > MOST_ON_WASM) {
      const why =
        device.webgpu === 'software'
          ? 'This browser computes WebGPU on the processor'
          : (device.problem?.message ?? 'There is no WebGPU here.').replace(/\.$/, '');
      return cannot(`${why}: a model of ${formatBytes(need.download)} would take minutes a word.`, device.problem?.action ?? SMALLER);
    }
    if (need.f16) return cannot('The processor computes in 32-bit floating point.', 'Choose a type that computes in 32 bits, such as q4.');
    notes.push('It will be computed by the processor.');
  } else {
    if (need.f16 && !device.f16)
      return cannot('This GPU cannot compute in 16-bit floating point.', 'Choose a type that computes in 32 bits, such as q4.');
    const most = Math.min(device.maxBindingSize, device.maxBufferSize);
    if (need.binding > most) {
      return cannot(`It needs GPU buffers of ${formatBytes(need.binding)}; this GPU allows ${formatBytes(most)}.`, SMALLER);
    }
    if (need.gpu > MOST_ON_WASM)
      notes.push(`It needs about ${formatBytes(need.gpu)} of GPU memory. Browsers do not tell how much there is.`);
  }
  const memory = device.deviceMemory;
  if (memory !== null && memory < MEMORY_CAP && need.gpu > memory * SHARE_OF_MEMORY) {
    return cannot(`It needs about ${formatBytes(need.gpu)} of memory; this device has ${formatBytes(memory)}.`, SMALLER);
  }
  const fetched = need.download - stored;
  if (device.storage !== null && fetched > device.storage.quota - device.storage.used) {
    const free = Math.max(0, device.storage.quota - device.storage.used);
    return cannot(
      `It would store ${formatBytes(fetched)}; the browser allows ${formatBytes(free)} more.`,
      'Delete stored models, or free space on the disk.',
    );
  }
  if (!verified) notes.push(UNVERIFIED);
  return { kind: 'will-run', notes };
}

/**
 * All dtypes of a model: those that will run first, each in order of preference; a dtype that cannot run names the best that
 * can. Also what `auto` takes.
 */
export function judgeAll(
  device: DeviceReport,
  types: readonly { readonly dtype: Dtype; readonly footprint: Footprint; readonly stored: number; readonly verified: boolean }[],
): { dtypes: readonly DtypeReport[]; recommended: Dtype | null } {
  const rank = (dtype: Dtype): number => preferredDtypes(true).indexOf(dtype);
  const judged = types
    .map((type) => ({ ...type, verdict: judge(device, type.footprint, type.stored, type.verified) as Verdict }))
    .sort((a, b) => Number(a.verdict.kind === 'cannot') - Number(b.verdict.kind === 'cannot') || rank(a.dtype) - rank(b.dtype));
  const best = judged.find(({ verdict }) => verdict.kind === 'will-run');
  if (!best) return { dtypes: judged, recommended: null };
  const dtypes = judged.map((type) =>
    type.verdict.kind === 'cannot'
      ? { ...type, verdict: { kind: 'instead', dtype: best.dtype, reason: type.verdict.reason } as const }
      : type,
  );
  return { dtypes, recommended: best.dtype };
}
