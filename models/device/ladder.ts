// Finds a device whose numbers can be trusted: as fast as possible first, then step by step down to WASM.
import { EngineFault, fault, toEngineError, type ErrorCode } from '../../src/errors';
import { sortFailure } from '../runtime/failures';
import { chooseBuild, loadOrt, type OrtBuild } from '../runtime/ort';
import { Runtime } from '../runtime/runtime';
import { describeAdapter, findAdapter, mayUseSubgroups, openDevice, type AdapterFacts } from './adapter';
import { checksFor, runSelfTest, type Disagreement, type SelfTestFiles } from './self-test';
import { digestOf, storedVerdicts, subjectKey, type VerdictStore } from './verdicts';

/** A device that passed the self-test. */
export interface TrustedDevice {
  readonly runtime: Runtime;
  /** Whether float16 graphs may be loaded. */
  readonly f16: boolean;
  readonly subgroups: boolean;
  readonly description: string;
  readonly software: boolean;
  /** Releases sessions and the device. */
  close(): Promise<void>;
}

export interface LadderOptions {
  readonly device: 'auto' | 'webgpu' | 'wasm';
  /** Whether a float16 graph is wanted if the device can compute it. */
  readonly f16: boolean;
  /** Head size of the model that will run. */
  readonly headSize: number;
  readonly selfTest: () => Promise<SelfTestFiles>;
  /** Tells a person about a step down. */
  readonly notice: (message: string) => void;
  readonly signal: AbortSignal;
  /** Tries subgroups also where they are known to be too narrow; for the test that shows why they are not. */
  readonly anySubgroups?: boolean;
  /** Where verdicts are kept; by default in the browser's storage. */
  readonly verdicts?: VerdictStore;
  /** The runtime's build; by default the one that fits the browser. */
  readonly build?: OrtBuild;
  /** How long one check may take before it counts as hanging, in milliseconds. */
  readonly patienceMs?: number;
}

/** A GPU compiles and computes a check in seconds, the processor in its place may need minutes. */
const PATIENCE_MS = { hardware: 60_000, software: 600_000 };

/** Failures that a safer way may not have. */
const STEPS_DOWN: ReadonlySet<ErrorCode> = new Set(['NO_F16', 'INTERNAL', 'DEVICE_LOST', 'TIMEOUT', 'OUT_OF_MEMORY']);

interface Rung {
  readonly subgroups: boolean;
  readonly f16: boolean;
}

/**
 * Tries WebGPU with subgroups and float16, without subgroups, without float16, then WASM; each rung must pass the self-test.
 * With device 'auto' a software adapter is passed over: it is the processor too, with minutes of shader compiling before it.
 * With device 'webgpu' there is no fall to WASM. Throws NO_WEBGPU, NO_ADAPTER or WRONG_NUMBERS then.
 */
export async function findTrustedDevice(options: LadderOptions): Promise<TrustedDevice> {
  if (options.device === 'wasm') return openWasm();
  try {
    const adapter = await findAdapter();
    const { software, description } = describeAdapter(adapter);
    if (options.device === 'auto' && software) {
      options.notice(`This browser computes WebGPU in software (${description}), which is slower than WASM: Noema computes on WASM.`);
      return await openWasm();
    }
    return await climb(options, adapter);
  } catch (error) {
    const reason = toEngineError(error);
    if (options.device === 'webgpu' || options.signal.aborted || reason.code === 'DOWNLOAD') throw error;
    options.notice(`${reason.message} Noema computes on WASM instead: the same numbers up to rounding, more slowly.`);
    return openWasm();
  }
}

/** What is known of a self-test at an earlier visit. */
const EARLIER: Disagreement = { name: 'an earlier self-test', error: Infinity, tolerance: 0 };

async function climb(options: LadderOptions, adapter: GPUAdapter): Promise<TrustedDevice> {
  const facts = describeAdapter(adapter);
  const { verdicts = storedVerdicts(), build = chooseBuild('webgpu') } = options;
  const patienceMs = options.patienceMs ?? PATIENCE_MS[facts.software ? 'software' : 'hardware'];
  const { test, graphs } = await options.selfTest();
  const files = { test: checksFor(test, options.headSize), graphs };
  const digest = await digestOf(files);
  const { env } = await loadOrt(build);
  let worst: Disagreement | undefined;
  let failure: EngineFault | undefined;
  let spent = false;
  for (const rung of rungs(adapter, facts, options)) {
    options.signal.throwIfAborted();
    const key = subjectKey({
      adapter: adapter.info,
      rung,
      runtime: `${env.versions.web ?? env.versions.common} ${build}`,
      test: digest,
      userAgent: navigator.userAgent,
    });
    const verdict = await verdicts.recall(key);
    if (verdict === false) {
      worst ??= EARLIER;
      continue;
    }
    // An adapter gives one device only; later rungs ask for their own.
    const device = await openDevice(spent ? await findAdapter() : adapter, rung);
    spent = true;
    const runtime = await Runtime.open(device, build);
    if (verdict === true) return trusted(runtime, facts, rung);
    try {
      const found = await runSelfTest(runtime, files, rung.f16 ? 'float16' : 'float32', patienceMs);
      options.signal.throwIfAborted();
      await verdicts.keep(key, found.length === 0);
      if (found.length === 0) return trusted(runtime, facts, rung);
      worst = found[0];
      options.notice(
        `This GPU computed wrong numbers (${worst.name}: off by ${worst.error.toPrecision(2)}) ${nameRung(rung)}; trying a safer way.`,
      );
    } catch (error) {
      await abandon(runtime);
      if (options.signal.aborted || (error instanceof EngineFault && !STEPS_DOWN.has(error.value.code))) throw error;
      // What merely failed (a lost device, no memory, a hang) is not remembered: it may work next time.
      failure = sortFailure(error, 'testing the GPU');
      options.notice(`This GPU failed its self-test ${nameRung(rung)}; trying a safer way.`);
      continue;
    }
    await abandon(runtime);
  }
  if (failure && (!worst || worst === EARLIER)) throw failure;
  throw fault(
    'WRONG_NUMBERS',
    'This GPU computes wrong numbers.',
    'Load the model on WASM, or update the graphics driver and the browser.',
    {
      detail: worst ? `${worst.name}: off by ${worst.error}, allowed ${worst.tolerance}` : 'no rung was tried',
    },
  );
}

async function abandon(runtime: Runtime): Promise<void> {
  await runtime.close();
  runtime.device?.destroy();
}

/** What to try, in order. Subgroups known to be too narrow are not tried at all. */
function rungs(adapter: GPUAdapter, facts: AdapterFacts, options: LadderOptions): Rung[] {
  const subgroups = facts.subgroups && (options.anySubgroups === true || mayUseSubgroups(adapter));
  const f16 = options.f16 && facts.f16;
  const list: Rung[] = [];
  for (const half of f16 ? [true, false] : [false]) {
    if (subgroups) list.push({ subgroups: true, f16: half });
    list.push({ subgroups: false, f16: half });
  }
  return list;
}

function nameRung(rung: Rung): string {
  return `${rung.subgroups ? 'with' : 'without'} subgroups in ${rung.f16 ? '16' : '32'}-bit floating point`;
}

function trusted(runtime: Runtime, facts: AdapterFacts, rung: Rung): TrustedDevice {
  return {
    runtime,
    f16: rung.f16,
    subgroups: rung.subgroups,
    description: facts.description,
    software: facts.software,
    close: () => abandon(runtime),
  };
}

async function openWasm(): Promise<TrustedDevice> {
  const runtime = await Runtime.open(null);
  const threads = runtime.ort.env.wasm.numThreads ?? 1;
  return {
    runtime,
    f16: false,
    subgroups: false,
    description: `WebAssembly, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    software: true,
    close: () => runtime.close(),
  };
}
