// The settings of a run of interleaved latent reasoning, the common ones among them.
import type { CommonSettings } from '../../settings/common';
import type { IvtlrOwnSettings } from './fields';

export type IvtlrSettings = IvtlrOwnSettings & CommonSettings;
