// Which attention of the latents' rows chooses patches and is shown: the mean over all layers and heads, or what the settings pick.
import { fault } from '../../errors';
import type { ModelInfo, Want } from '../../model/latent-model';
import type { ThinkRun } from '../method';
import { latentRows, layoutRows, modelRows } from './layout';
import type { DmlrSettings } from './settings';

export type AttentionChoice = Pick<DmlrSettings, 'attentionLayer' | 'attentionHead'>;

const isMean = ({ attentionLayer, attentionHead }: AttentionChoice): boolean => attentionLayer === null && attentionHead === null;

/** How attention has to be read for a choice. Throws BAD_INPUT for a layer or head that the model does not have. */
export function wantedAttention(choice: AttentionChoice, { layers, heads }: Pick<ModelInfo, 'layers' | 'heads'>): Pick<Want, 'attention'> {
  for (const [name, value, count] of [
    ['attentionLayer', choice.attentionLayer, layers],
    ['attentionHead', choice.attentionHead, heads],
  ] as const) {
    if (value === null || value < count) continue;
    throw fault(
      'BAD_INPUT',
      `${name} is ${value}, and the model has ${count}, counted from 0.`,
      `Set ${name} to none, or to 0 to ${count - 1}.`,
    );
  }
  return { attention: isMean(choice) ? 'mean' : 'heads' };
}

/**
 * [rows, image tokens] attention from a reading made as `wantedAttention` says: as it is, or the mean over the chosen layers and heads.
 * @param attention [rows, image tokens], or [layers, heads, rows, image tokens]
 */
export function chosenAttention(
  attention: Float32Array,
  choice: AttentionChoice,
  { layers, heads }: Pick<ModelInfo, 'layers' | 'heads'>,
): Float32Array {
  if (isMean(choice) || attention.length === 0) return attention;
  const size = attention.length / (layers * heads);
  const planes = Array.from({ length: layers * heads }, (_, plane) => plane).filter(
    (plane) =>
      (choice.attentionLayer === null || Math.floor(plane / heads) === choice.attentionLayer) &&
      (choice.attentionHead === null || plane % heads === choice.attentionHead),
  );
  const mean = new Float32Array(size);
  for (const plane of planes) for (let i = 0; i < size; i++) mean[i] += attention[plane * size + i] / planes.length;
  return mean;
}

/**
 * [latents, image tokens] attention of the latents' rows in a pass over them alone after the prompt; empty without an image.
 * @param latents [latents, hidden size]
 */
export async function readAttention(
  { model, context, settings, signal }: ThinkRun<DmlrSettings>,
  latents: Float32Array,
): Promise<Float32Array> {
  if (context.image === null) return new Float32Array(0);
  const rows = layoutRows(
    settings.layout,
    Array.from({ length: settings.latents }, () => []),
  );
  const candidate = {
    rows: modelRows(rows, latents, { ...settings, image: context.image, seesImage: true }),
    logitRows: [rows.length - 1],
    attentionRows: latentRows(rows),
  };
  const [reading] = await model.forward(context, [candidate], { topK: 1, ...wantedAttention(settings, model.info) }, signal);
  return chosenAttention(reading.attention, settings, model.info);
}
