// For loops that read their prompt once.
import type { Context } from '../../src/model/latent-model';

/** Rejects: whoever reads a prompt again has done what these settings do not ask for. */
export const neverReread = (): Promise<Context> => Promise.reject(new Error('the prompt was read again'));
