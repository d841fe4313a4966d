// Every sentence of the model chooser, in one place, so that a translation is a second file of the same shape.
import { formatBytes, formatShare } from '../../src/text/format';
import type { Dtype } from '../../src/model/dtype';
import { settingsText } from './settings';

const about = (bytes: number, approximate: boolean): string => `${approximate ? 'about ' : ''}${formatBytes(bytes)}`;

export const modelsText = {
  title: 'Model',
  intro: 'Larger models are downloaded once, kept on this device and computed here. Your pictures and questions go nowhere.',
  runtime: (bytes: number) => `What computes them comes with the page: up to ${formatBytes(bytes)}, fetched once.`,
  opening: 'Opening the models…',
  wasmChosen: 'The processor (WASM) is chosen under Settings, Device.',
  wasmChosenAction: 'Choose “Best available” there.',
  device: {
    looking: 'Looking at this device…',
    label: 'This device',
    half: '16-bit arithmetic',
    noHalf: 'no 16-bit arithmetic',
    software: 'WebGPU computed by the processor',
    room: (free: number) => `${formatBytes(free)} of storage free`,
    processor: 'no GPU for this page: computed by the processor',
  },
  small: {
    title: 'The larger models are not for this device.',
    words: 'Browsers on phones and tablets end a page that needs gigabytes. The recorded runs play here, and the tiny model runs here.',
    watch: 'Watch a recorded run',
    tiny: 'Use the tiny model',
  },
  options: 'Models',
  costs: {
    download: 'Download',
    gpu: 'GPU memory',
    memory: 'Memory',
    tab: 'Memory of the tab',
    licence: 'Licence',
    about,
    /** Estimates, whatever the download's size is. */
    estimate: (bytes: number) => `about ${formatBytes(bytes)}`,
    withPage: (bytes: number) => `${formatBytes(bytes)}, with the page`,
    unsized: (dtype: Dtype) => `not stated for ${dtype}`,
    means: (name: string, means: string) => `${name}: ${means}`,
    unstated: 'not stated: look at its page before you use it',
  },
  verdict: {
    run: 'Will run',
    instead: (dtype: Dtype) => `Will run as ${dtype}`,
    typeInstead: (dtype: Dtype, reason: string) => `${reason} Take ${dtype}, which will run.`,
    insteadLong: (dtype: Dtype, reason: string) => `Will run as ${dtype} instead: ${lower(reason)}`,
    cannot: 'Cannot run here',
    unknown: 'May run',
    unknownLong: (reason: string) => `${reason} It has a 4-bit type that may run; nobody has stated its size. Check it to see.`,
    pending: 'Looking…',
  },
  other: {
    title: 'Another model',
    about: 'Any Qwen2.5-VL or Qwen2-VL export in ONNX, from the hub or from your own server.',
    label: 'Hub id or address',
    placeholder: 'owner/name, owner/name@revision or https://…',
    help: 'Exports with onnx/embed_tokens, vision_encoder and decoder_model_merged. Larger ones than those above work where the device bears them.',
  },
  folder: {
    title: 'A folder on this device',
    about: 'A model you have exported or downloaded. Open its folder, or drop it here. Nothing is uploaded or copied.',
    open: 'Open a folder…',
    openAnother: 'Open another folder…',
    chosen: (name: string, files: number, bytes: number) => `${name}: ${files} files, ${formatBytes(bytes)}`,
    notFolder: 'A file was dropped, not a folder.',
    notFolderAction: 'Drop the folder that holds config.json and the onnx folder.',
    unnamed: 'Folder',
    noModel: (name: string) => `“${name}” holds no ONNX graph.`,
    noModelAction: 'Choose the folder that holds config.json and the onnx folder.',
    tooMany: (name: string) => `“${name}” holds more files than a model has.`,
    unreadable: (name: string) => `“${name}” could not be read.`,
    unreadableAction: 'Check that the folder may be read, or open it with the button.',
  },
  check: 'Check',
  checkHint: (host: string | null) => `Asks ${host ?? 'its host'} for the model’s small files and its list of files; no weights.`,
  checking: 'Looking at its files…',
  report: {
    label: (name: string) => `About ${name}`,
    architecture: 'Architecture',
    revision: 'Revision',
    page: 'Its page',
    types: 'Weights',
    type: (dtype: Dtype) => settingsText.dtypes[dtype],
    recommended: 'best for this device',
    cost: (download: number, gpu: number) => `${formatBytes(download)}; about ${formatBytes(gpu)} of memory to run`,
    here: 'All of it is here already.',
    partly: (stored: number, total: number) =>
      `${formatBytes(stored)} of ${formatBytes(total)} are here already; loading goes on from there.`,
  },
  use: 'Use this model',
  load: 'Load',
  download: (bytes: number) => `Download and load (${formatBytes(bytes)})`,
  later: 'Choose it, load later',
  token: {
    label: 'Access token',
    where: 'Kept in memory only, gone when you close the page; sent to the hub alone.',
    again: 'Check again',
  },
  progress: {
    rate: (bytesPerSecond: number) => `${formatBytes(bytesPerSecond)}/s`,
    left: remaining,
    before: (bytes: number) => `${formatBytes(bytes)} were here already`,
    spoken: (loaded: number, total: number) => `${formatShare(loaded / total)}, ${formatBytes(loaded)} of ${formatBytes(total)}`,
  },
  stored: {
    title: 'Stored on this device',
    none: 'No model yet. What you download is kept here until you delete it.',
    total: (bytes: number) => `${formatBytes(bytes)} in all`,
    quota: (bytes: number) => `the browser allows this page ${formatBytes(bytes)}`,
    partial: 'unfinished',
    used: (when: string) => `used ${when}`,
    remove: 'Delete',
    removeNamed: (name: string) => `Delete ${name}`,
    removeAll: 'Delete all',
    sure: (name: string, bytes: number) => `Delete ${name} (${formatBytes(bytes)})? It would have to be downloaded again.`,
    sureAll: (bytes: number) => `Delete every stored model (${formatBytes(bytes)})? They would have to be downloaded again.`,
    keep: 'Keep',
    removed: (name: string) => `${name} is deleted.`,
    removedAll: 'All stored models are deleted.',
    reading: 'Looking at what is stored…',
  },
  offers: {
    dtype: (dtype: Dtype) => `Load the ${dtype} type`,
    wasm: 'Compute on the processor',
    choose: 'Choose another model…',
    smaller: 'Choose a smaller model…',
    stored: 'See what is stored…',
  },
} as const;

/** Time left as coarse as it is known: it jumps about less than the speed does. */
function remaining(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 60) return `${seconds} s left`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `about ${minutes} min left`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/** A sentence as the second half of another; names (GPU, WebGPU) keep their capitals. */
function lower(sentence: string): string {
  return /^[A-Z][a-z]/.test(sentence) ? sentence[0].toLowerCase() + sentence.slice(1) : sentence;
}
