// Which of a folder's files says how pictures are prepared: processor_config.json or preprocessor_config.json, nested or flat.
import type { ConfigFiles } from '../family';
import { badField } from '../read-field';

const PREPROCESSOR = 'preprocessor_config.json';
const PROCESSOR = 'processor_config.json';
/** The files that may have these settings. */
export const PICTURE_FILES = [PREPROCESSOR, PROCESSOR] as const;

/** Settings as they stand in a file, nothing checked. */
export interface PictureSettings {
  readonly settings: Readonly<Record<string, unknown>>;
  /** What messages call the place they stand in. */
  readonly place: string;
}

/**
 * The settings of a folder in the order of release 5 of the transformers library: `image_processor` of processor_config.json (what
 * that release saves), then preprocessor_config.json (what releases before it save), then a flat processor_config.json, which
 * release 4 reads when there is no other. Null when the folder has neither file. Throws BAD_MODEL for a file that is no JSON object.
 */
export function pictureSettings(files: ConfigFiles): PictureSettings | null {
  const [whole, own] = [object(files[PROCESSOR], PROCESSOR), object(files[PREPROCESSOR], PREPROCESSOR)];
  return nested(whole, PROCESSOR) ?? nested(own, PREPROCESSOR) ?? flat(own, PREPROCESSOR) ?? flat(whole, PROCESSOR);
}

type JsonObject = Readonly<Record<string, unknown>> | null;

function nested(file: JsonObject, name: string): PictureSettings | null {
  const place = `${name}: image_processor`;
  const settings = object(file?.['image_processor'] ?? undefined, place);
  return settings && { settings, place };
}

function flat(file: JsonObject, name: string): PictureSettings | null {
  return file && { settings: file, place: name };
}

function object(value: unknown, place: string): JsonObject {
  if (value === undefined) return null;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw badField(place, 'it must be a JSON object');
}
