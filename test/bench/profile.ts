// What `npm run bench:gpu -- --profile` measures: GPU time per kernel of reading a prompt, a step, packed candidates and decoding.
import type { OnnxModel } from '../../models/model/onnx-model';
import type { KernelTimer, KernelTimes } from './kernel-times';
import { evaluate } from './packed';
import { makeWorkload, type MergedGrid, type ThinkBlock } from './workload';

export interface ProfileOptions extends ThinkBlock {
  readonly merged: MergedGrid;
  /** Rows of text around the picture. */
  readonly textRows: number;
}

export interface Profile {
  /** What was done. */
  readonly name: string;
  readonly times: KernelTimes;
}

/** Candidates that are evaluated in one pass, where the graph takes them. */
const TOGETHER = 16;
const TOKENS = 4;

/** @returns null when the device has no timestamps. Every job has run once before it is timed, so that nothing is compiled then. */
export async function measureProfile(
  model: OnnxModel,
  device: GPUDevice,
  timer: KernelTimer,
  { merged, textRows, ...block }: ProfileOptions,
): Promise<readonly Profile[] | null> {
  console.info('timing kernels');
  const { decoder } = model;
  const work = await makeWorkload(model, merged.h * merged.w + textRows, merged, block);
  const past = await work.cache();
  const { context, patched } = work;
  const candidates = (count: number) => (): Promise<unknown> =>
    evaluate(
      decoder,
      past,
      work.nextPosition,
      Array.from({ length: count }, (_, i) => i),
    );
  const decode = async (): Promise<void> => {
    for await (const _ of model.generate(context, patched, { maxNewTokens: TOKENS }, { aborted: false }));
  };
  const jobs: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['reading the prompt', work.read],
    ['a step', work.step],
    ['one candidate', candidates(1)],
    ...(decoder.packs ? [[`${TOGETHER} candidates in one pass`, candidates(TOGETHER)] as const] : []),
    [`decoding ${TOKENS} tokens`, decode],
  ];
  const profiles: Profile[] = [];
  try {
    for (const [name, job] of jobs) {
      await job();
      const times = await timer.measure(device, job);
      if (times === null) return null;
      profiles.push({ name, times });
    }
    return profiles;
  } finally {
    decoder.free(past);
    work.release();
  }
}
