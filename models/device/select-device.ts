// Selects a device whose numbers can be trusted: the fastest configuration of the GPU that passes the self-test, or WASM.
import { EngineFault, fault, toEngineError, type ErrorCode } from '../../src/errors';
import { sortFailure } from '../runtime/failures';
import { chooseBuild, loadOrt, type OrtBuild } from '../runtime/ort';
import { Runtime } from '../runtime/runtime';
import { describeAdapter, findAdapter, fingerprint, mayUseSubgroups, openDevice, type AdapterFacts, type Configuration } from './adapter';
import { checksFor, runSelfTest, type Disagreement, type SelfTestFiles } from './self-test';
import { digestOf, storedVerdicts, subjectKey, type VerdictStore } from './verdicts';

/** A device that passed the self-test. */
export interface TrustedDevice {
  readonly runtime: Runtime;
  /** Whether float16 graphs may be loaded. */
  readonly f16: boolean;
  /** Why a GPU that offers float16 is not trusted with it and what may help, as the beginning of a sentence; absent where that is not so. */
  readonly noHalf?: string;
  readonly subgroups: boolean;
  readonly description: string;
  readonly software: boolean;
  /** Releases sessions and the device. */
  close(): Promise<void>;
}

export interface DeviceOptions {
  readonly device: 'auto' | 'webgpu' | 'wasm';
  /** Whether a float16 graph is wanted if the device can compute it. */
  readonly f16: boolean;
  /** Head size of the model that will run. */
  readonly headSize: number;
  readonly selfTest: () => Promise<SelfTestFiles>;
  /** Tells a person why a slower configuration is used. */
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

/** Failures that another configuration may not have. */
const TRY_ANOTHER: ReadonlySet<ErrorCode> = new Set(['NO_F16', 'INTERNAL', 'BAD_MODEL', 'DEVICE_LOST', 'TIMEOUT', 'OUT_OF_MEMORY']);

/**
 * Tries WebGPU with subgroups and float16, without subgroups, without float16, then WASM; each configuration must pass the self-test.
 * With device 'auto' a software adapter is passed over: it is the processor too, with minutes of shader compiling before it.
 * With device 'webgpu' there is no fall to WASM. Throws NO_WEBGPU, NO_ADAPTER or WRONG_NUMBERS then.
 */
export async function findTrustedDevice(options: DeviceOptions): Promise<TrustedDevice> {
  if (options.device === 'wasm') return openWasm();
  try {
    const adapter = await findAdapter();
    const { software, description } = describeAdapter(adapter);
    if (options.device === 'auto' && software) {
      options.notice(`This browser computes WebGPU in software (${description}), which is slower than WASM: Noema computes on WASM.`);
      return await openWasm();
    }
    return await selectConfiguration(options, adapter);
  } catch (error) {
    const reason = toEngineError(error);
    if (options.device === 'webgpu' || options.signal.aborted || reason.code === 'DOWNLOAD') throw error;
    options.notice(`${reason.message} Noema computes on WASM instead: the same numbers up to rounding, more slowly.`);
    return openWasm();
  }
}

/** What is known of a self-test at an earlier visit. */
const EARLIER: Disagreement = { name: 'an earlier self-test', error: Infinity, tolerance: 0 };

/** What became of the self-test in one configuration: nothing wrong, wrong numbers, or no numbers. */
type Outcome = { readonly runtime: Runtime } | { readonly wrong: Disagreement } | { readonly failure: EngineFault };

async function selectConfiguration(options: DeviceOptions, adapter: GPUAdapter): Promise<TrustedDevice> {
  const facts = describeAdapter(adapter);
  const test = await prepareTest(options, facts);
  let wrong: Disagreement | undefined;
  let failure: EngineFault | undefined;
  let noHalf: string | undefined;
  // An adapter gives one device only; every device after the first needs an adapter of its own.
  const adapters = [adapter];
  const takeAdapter = async (): Promise<GPUAdapter> => adapters.pop() ?? findAdapter();
  for (const configuration of configurations(adapter, facts, options)) {
    options.signal.throwIfAborted();
    if (!configuration.f16 && noHalf !== undefined) options.notice(`${noHalf}: Noema computes in 32 bits.`);
    const outcome = await tryConfiguration(configuration, test, adapter, takeAdapter, options);
    if ('runtime' in outcome) return trusted(outcome.runtime, facts, configuration, noHalf);
    if ('wrong' in outcome) wrong = wrong === undefined || wrong === EARLIER ? outcome.wrong : wrong;
    else failure = outcome.failure;
    // Said when the last of the 16-bit configurations is left; what fails in 32 bits too is told as a failure of the GPU.
    if (configuration.f16) noHalf = withoutHalf(outcome);
  }
  if (failure && (!wrong || wrong === EARLIER)) throw failure;
  throw fault(
    'WRONG_NUMBERS',
    'This GPU computes wrong numbers.',
    'Load the model on WASM, or update the graphics driver and the browser.',
    {
      detail: wrong ? `${wrong.name}: off by ${wrong.error}, allowed ${wrong.tolerance}` : 'no configuration was tried',
    },
  );
}

/** The self-test as every configuration runs it. */
interface PreparedTest {
  readonly files: SelfTestFiles;
  readonly build: OrtBuild;
  readonly patienceMs: number;
  /** The key under which a configuration's verdict is kept. */
  readonly keyOf: (adapter: GPUAdapter, configuration: Configuration) => string;
}

async function prepareTest(options: DeviceOptions, { software }: AdapterFacts): Promise<PreparedTest> {
  const { build = chooseBuild('webgpu'), patienceMs = PATIENCE_MS[software ? 'software' : 'hardware'] } = options;
  const { test, graphs } = await options.selfTest();
  const files = { test: checksFor(test, options.headSize), graphs };
  const digest = await digestOf(files);
  const { env } = await loadOrt(build);
  const runtime = `${env.versions.web ?? env.versions.common} ${build}`;
  const { userAgent } = navigator;
  return {
    files,
    build,
    patienceMs,
    keyOf: (adapter, configuration) => subjectKey({ adapter: fingerprint(adapter), configuration, runtime, test: digest, userAgent }),
  };
}

/** Opens a device and tests it, unless a verdict is kept. What merely failed (a lost device, no memory, a hang) is not kept. */
async function tryConfiguration(
  configuration: Configuration,
  test: PreparedTest,
  adapter: GPUAdapter,
  takeAdapter: () => Promise<GPUAdapter>,
  options: DeviceOptions,
): Promise<Outcome> {
  const { verdicts = storedVerdicts(), signal, notice } = options;
  const key = test.keyOf(adapter, configuration);
  const verdict = await verdicts.recall(key);
  if (verdict === false) return { wrong: EARLIER };
  const device = await openDevice(await takeAdapter(), configuration);
  const runtime = await Runtime.open(device, test.build);
  if (verdict === true) return { runtime };
  try {
    const [worst] = await runSelfTest(runtime, test.files, configuration.f16 ? 'float16' : 'float32', test.patienceMs);
    signal.throwIfAborted();
    await verdicts.keep(key, worst === undefined);
    if (worst === undefined) return { runtime };
    notice(`This GPU computed wrong numbers ${inWords(configuration)} (${offBy(worst)}); another configuration is tried.`);
    await abandon(runtime);
    return { wrong: worst };
  } catch (error) {
    await abandon(runtime);
    if (signal.aborted || (error instanceof EngineFault && !TRY_ANOTHER.has(error.value.code))) throw error;
    notice(`This GPU failed its self-test ${inWords(configuration)}; another configuration is tried.`);
    return { failure: failureOfGpu(error) };
  }
}

/** The graphs of the self-test are our own: what a runtime cannot build or run of them is the GPU's failure. */
function failureOfGpu(error: unknown): EngineFault {
  const graphs = error instanceof EngineFault && error.value.code === 'BAD_MODEL';
  return sortFailure(graphs ? new Error(error.value.detail ?? error.message) : error, 'testing the GPU');
}

async function abandon(runtime: Runtime): Promise<void> {
  await runtime.close();
  runtime.device?.destroy();
}

/** What to try, in order. Subgroups known to be too narrow are not tried at all. */
function configurations(adapter: GPUAdapter, facts: AdapterFacts, options: DeviceOptions): Configuration[] {
  const subgroups = facts.subgroups && (options.anySubgroups === true || mayUseSubgroups(adapter));
  const f16 = options.f16 && facts.f16;
  const list: Configuration[] = [];
  for (const half of f16 ? [true, false] : [false]) {
    if (subgroups) list.push({ subgroups: true, f16: half });
    list.push({ subgroups: false, f16: half });
  }
  return list;
}

function inWords({ subgroups, f16 }: Configuration): string {
  return `${subgroups ? 'with' : 'without'} subgroups in ${f16 ? '16' : '32'}-bit floating point`;
}

const offBy = ({ name, error, tolerance }: Disagreement): string => `${name}: off by ${error.toPrecision(2)}, allowed ${tolerance}`;

/** Why a GPU that offers 16-bit arithmetic is not used with it, and what may help: the beginning of a sentence. */
function withoutHalf(outcome: Exclude<Outcome, { readonly runtime: Runtime }>): string {
  const what =
    'failure' in outcome
      ? 'fails when it is used'
      : `computes it wrongly (${outcome.wrong === EARLIER ? 'found at an earlier visit' : offBy(outcome.wrong)})`;
  return `This GPU offers 16-bit arithmetic but ${what}, which an update of the graphics driver or the browser may mend`;
}

function trusted(runtime: Runtime, facts: AdapterFacts, { f16, subgroups }: Configuration, noHalf: string | undefined): TrustedDevice {
  return {
    runtime,
    f16,
    ...(noHalf === undefined || f16 ? {} : { noHalf }),
    subgroups,
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
