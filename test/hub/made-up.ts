// What the browser tests download: names like a model's, contents like noise.

export const MADE_UP_ID = 'made/up';

/** Bytes by path. */
export const MADE_UP_FILES = {
  'config.json': 2_000,
  'onnx/decoder.onnx': 300_000,
  'onnx/decoder.onnx_data': 3_000_000,
  'onnx/embed.onnx': 500_000,
  'tokenizer.json': 40_000,
} as const;

/** A folder with a manifest.json that lists its one file. */
export const LISTED_FOLDER = 'made/listed';
export const LISTED_FILE = 'onnx/decoder.onnx';

/** A repository on a host that knows no more of the hub's protocol than the addresses of files. */
export const OLD_FOLDER = 'made/old';

/** The embedded model, as a repository. */
export const EMBEDDED_ID = 'models/noema-tiny';
