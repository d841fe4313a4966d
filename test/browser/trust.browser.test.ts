// Trusting a GPU: what the self-test found is remembered, a wrong or hanging GPU is left in time, missing memory is told.
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { findAdapter, openDevice } from '../../models/device/adapter';
import { findTrustedDevice, type DeviceOptions, type TrustedDevice } from '../../models/device/select-device';
import type { SelfTestFiles } from '../../models/device/self-test';
import { storedVerdicts, subjectKey, type Subject, type VerdictStore } from '../../models/device/verdicts';
import { fetchSelfTest } from '../../models/load/self-test-files';
import { Runtime } from '../../models/runtime/runtime';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const never = new AbortController().signal;
let requestDevice: MockInstance;
let dispatch: MockInstance;
let files: SelfTestFiles;

beforeAll(async () => {
  const { test, graphs } = await fetchSelfTest(never);
  // The smallest check is enough here; what all of them find is tested with the model.
  files = { test: { ...test, checks: test.checks.filter(({ name }) => name.includes('softmax')) }, graphs };
  expect(files.test.checks.length).toBeGreaterThan(0);
});
const { requestDevice: original } = GPUAdapter.prototype;
beforeEach(() => {
  requestDevice = vi.spyOn(GPUAdapter.prototype, 'requestDevice');
  dispatch = vi.spyOn(GPUComputePassEncoder.prototype, 'dispatchWorkgroups');
});
afterEach(() => vi.restoreAllMocks());

/** A store that remembers within one test. */
function memory(): VerdictStore & { readonly kept: Map<string, boolean> } {
  const kept = new Map<string, boolean>();
  return {
    kept,
    recall: (key) => Promise.resolve(kept.get(key) ?? null),
    keep: (key, passed) => Promise.resolve(void kept.set(key, passed)),
  };
}

const find = (verdicts: VerdictStore, more: Partial<DeviceOptions> = {}): Promise<TrustedDevice> =>
  findTrustedDevice({
    device: 'webgpu',
    f16: false,
    headSize: 32,
    selfTest: () => Promise.resolve(files),
    notice: () => undefined,
    signal: never,
    verdicts,
    ...more,
  });

/** The same test with stored answers that no device gives. */
function wrongAnswers(): SelfTestFiles {
  const checks = files.test.checks.map((check) => {
    const numbers = new Float32Array(Uint8Array.from(atob(check.expected), (c) => c.charCodeAt(0)).buffer).map((value) => value + 1);
    return { ...check, expected: btoa(String.fromCharCode(...new Uint8Array(numbers.buffer))) };
  });
  return { ...files, test: { ...files.test, checks } };
}

describe('the self-test', () => {
  it('is run once for an adapter, and again for another test or another build', async () => {
    const verdicts = memory();
    const first = await find(verdicts);
    expect(dispatch).toHaveBeenCalled();
    await first.close();
    expect([...verdicts.kept.values()]).toEqual([true]);

    dispatch.mockClear();
    const second = await find(verdicts);
    expect(dispatch).not.toHaveBeenCalled();
    expect(second.subgroups).toBe(first.subgroups);
    await second.close();

    const other = { ...files, test: { ...files.test, checks: [{ ...files.test.checks[0], name: 'softmax, renamed' }] } };
    await (await find(verdicts, { selfTest: () => Promise.resolve(other) })).close();
    expect(dispatch).toHaveBeenCalled();
    expect(verdicts.kept.size).toBe(2);
  });

  it('is not asked again of a GPU that failed it', async () => {
    const verdicts = memory();
    const selfTest = () => Promise.resolve(wrongAnswers());
    await expect(find(verdicts, { selfTest })).rejects.toMatchObject({ value: { code: 'WRONG_NUMBERS' } });
    expect(new Set(verdicts.kept.values())).toEqual(new Set([false]));
    expect(requestDevice).toHaveBeenCalled();
    requestDevice.mockClear();
    await expect(find(verdicts, { selfTest })).rejects.toMatchObject({ value: { code: 'WRONG_NUMBERS' } });
    expect(requestDevice).not.toHaveBeenCalled();
  });

  it('ends when the GPU does not answer, and does not hold that against it for ever', async () => {
    vi.spyOn(GPUQueue.prototype, 'onSubmittedWorkDone').mockReturnValue(new Promise(() => undefined));
    const verdicts = memory();
    await expect(find(verdicts, { patienceMs: 3000 })).rejects.toMatchObject({ value: { code: 'TIMEOUT', retry: true } });
    expect(verdicts.kept.size).toBe(0);
    vi.restoreAllMocks();
    await (await find(verdicts)).close();
    expect([...verdicts.kept.values()]).toEqual([true]);
  });

  it('ends when the device is lost meanwhile', async () => {
    const compile = GPUDevice.prototype.createComputePipelineAsync;
    vi.spyOn(GPUDevice.prototype, 'createComputePipelineAsync').mockImplementation(function (this: GPUDevice, descriptor) {
      this.destroy();
      return compile.call(this, descriptor);
    });
    vi.spyOn(GPUDevice.prototype, 'createComputePipeline').mockImplementation(function (this: GPUDevice) {
      this.destroy();
      throw new Error('Device is lost');
    });
    const verdicts = memory();
    await expect(find(verdicts)).rejects.toMatchObject({ value: { code: 'DEVICE_LOST', retry: true } });
    expect(verdicts.kept.size).toBe(0);
  });
});

describe('a GPU that offers 16-bit arithmetic', () => {
  /** Answers of the test's 16-bit graphs alone are wrong: they are given tolerances that no device meets. */
  function wrongInHalf(): SelfTestFiles {
    const checks = files.test.checks.map((check) => ({ ...check, tolerance: { ...check.tolerance, float16: -1 } }));
    // The software adapter has no such arithmetic; the 32-bit graphs stand in for what it would be asked.
    const graphs = new Map(files.test.checks.map(({ graphs: file }) => [file.float16, files.graphs.get(file.float32) as Uint8Array]));
    return { test: { ...files.test, checks }, graphs: new Map([...files.graphs, ...graphs]) };
  }

  const offering16 = (): void => {
    const features = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, 'features')?.get as (this: GPUAdapter) => GPUSupportedFeatures;
    vi.spyOn(GPUAdapter.prototype, 'features', 'get').mockImplementation(function (this: GPUAdapter) {
      return new Set([...features.call(this), 'shader-f16']);
    });
    requestDevice.mockImplementation(function (this: GPUAdapter, descriptor: GPUDeviceDescriptor) {
      const requiredFeatures = [...(descriptor.requiredFeatures ?? [])].filter((name) => name !== 'shader-f16');
      return original.call(this, { ...descriptor, requiredFeatures });
    });
  };

  it('and computes it wrongly is used in 32 bits, and that is said once, with a way on', async () => {
    offering16();
    const verdicts = memory();
    const selfTest = () => Promise.resolve(wrongInHalf());
    for (const when of ['softmax, 4 rows: off by', 'found at an earlier visit']) {
      const notices: string[] = [];
      const trusted = await find(verdicts, { f16: true, selfTest, notice: (message) => notices.push(message) });
      expect(trusted.f16).toBe(false);
      const said = notices.filter((message) => message.startsWith('This GPU offers 16-bit arithmetic but computes it wrongly'));
      expect(said).toHaveLength(1);
      expect(said[0]).toContain(when);
      expect(said[0]).toMatch(/which an update of the graphics driver or the browser may mend: Noema computes in 32 bits\.$/);
      expect(trusted.noHalf && said[0].startsWith(trusted.noHalf)).toBe(true);
      await trusted.close();
    }
    expect([...verdicts.kept.values()]).toEqual([false, true]);
  });

  it('and computes it rightly is used in 16 bits, and nothing is said', async () => {
    offering16();
    const right = wrongInHalf();
    const notices: string[] = [];
    const trusted = await find(memory(), {
      f16: true,
      selfTest: () => Promise.resolve({ test: files.test, graphs: right.graphs }),
      notice: (message) => notices.push(message),
    });
    expect(trusted.f16).toBe(true);
    expect(trusted.noHalf).toBeUndefined();
    expect(notices).toEqual([]);
    await trusted.close();
  });
});

describe('what is remembered', () => {
  it('outlives the page, and is forgotten in a month', async () => {
    const name = `test-${crypto.randomUUID()}`;
    await storedVerdicts(name).keep('a gpu', true);
    await storedVerdicts(name).keep('another', false);
    expect(await storedVerdicts(name).recall('a gpu')).toBe(true);
    expect(await storedVerdicts(name).recall('another')).toBe(false);
    expect(await storedVerdicts(name).recall('a third')).toBeNull();
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 31 * 24 * 3600 * 1000);
    expect(await storedVerdicts(name).recall('a gpu')).toBeNull();
    indexedDB.deleteDatabase(name);
  });

  it('is asked anew of another adapter, other features, another runtime, test or browser', () => {
    const subject: Subject = {
      adapter: 'a gpu',
      configuration: { subgroups: true, f16: true },
      runtime: '1.30.0 jspi',
      test: 'digest',
      userAgent: 'Chrome/156.0.0.0',
    };
    const others: Subject[] = [
      { ...subject, adapter: 'another gpu' },
      { ...subject, configuration: { subgroups: false, f16: true } },
      { ...subject, configuration: { subgroups: true, f16: false } },
      { ...subject, runtime: '1.31.0 jspi' },
      { ...subject, runtime: '1.30.0 asyncify' },
      { ...subject, test: 'another' },
      { ...subject, userAgent: 'Chrome/157.0.0.0' },
    ];
    expect(new Set([subject, ...others].map(subjectKey)).size).toBe(1 + others.length);
    expect(subjectKey({ ...subject, configuration: { ...subject.configuration } })).toBe(subjectKey(subject));
  });

  it('is nothing where the browser stores nothing', async () => {
    vi.spyOn(IDBFactory.prototype, 'open').mockImplementation(() => {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    });
    const verdicts = storedVerdicts(`test-${crypto.randomUUID()}`);
    await verdicts.keep('a gpu', true);
    expect(await verdicts.recall('a gpu')).toBeNull();
  });
});

describe('memory that is not there', () => {
  const withRuntime = async (work: (runtime: Runtime, device: GPUDevice) => Promise<void>): Promise<void> => {
    const device = await openDevice(await findAdapter(), { subgroups: false, f16: false });
    const runtime = await Runtime.open(device);
    try {
      await work(runtime, device);
    } finally {
      await runtime.close();
      device.destroy();
    }
  };

  it('is told when buffers of ours do not fit', async () => {
    await withRuntime(async (runtime, device) => {
      await expect(runtime.allocate('test', device.limits.maxBufferSize + 4, 2)).rejects.toMatchObject({
        value: { code: 'OUT_OF_MEMORY', retry: true },
      });
      // Nothing is wrong with the device: it refused, and holds what it held.
      const [buffer] = await runtime.allocate('test', 1024, 1);
      expect(buffer.size).toBe(1024);
      buffer.destroy();
    });
  });

  it('is told when a session gets none, and the session is given back', async () => {
    await withRuntime(async (runtime, device) => {
      const release = vi.spyOn(runtime.ort.InferenceSession, 'create');
      const graph = files.test.checks[0].graphs.float32;
      const bytes = files.graphs.get(graph) as Uint8Array;
      // What the browser tells of a GPU without memory; a real one cannot be filled here.
      const done = GPUQueue.prototype.onSubmittedWorkDone;
      vi.spyOn(GPUQueue.prototype, 'onSubmittedWorkDone').mockImplementation(async function (this: GPUQueue) {
        const error = new GPUOutOfMemoryError('Failed to allocate memory for buffer mapping');
        device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
        return done.call(this);
      });
      await expect(runtime.create(bytes, graph)).rejects.toMatchObject({
        value: { code: 'OUT_OF_MEMORY', retry: true, action: expect.stringContaining('smaller') },
      });
      const made = (await release.mock.results[0].value) as { run(feeds: object): Promise<unknown> };
      await expect(made.run({})).rejects.toThrow();
      // Whatever is asked of this device afterwards is refused too: its numbers cannot be trusted.
      await expect(runtime.create(bytes, graph)).rejects.toMatchObject({ value: { code: 'OUT_OF_MEMORY' } });
    });
  });
});
