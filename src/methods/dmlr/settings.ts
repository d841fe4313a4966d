// The settings of DMLR: what the optimisation does, what it is rewarded for, and which patches it may insert.
import type { CommonSettings } from '../../settings/common';
import type { SettingsOf } from '../../settings/field';
import { ESTIMATE_FIELDS } from './fields-estimate';
import { PATCH_FIELDS } from './fields-patches';
import { RELEASE_FIELDS } from './fields-release';
import { RUN_FIELDS } from './fields-run';
import { REWARD_FIELDS, THINKING_FIELDS } from './fields-thinking';

/** The paper's values where it gives them (appendix A.3). */
export const DMLR_FIELDS = { ...THINKING_FIELDS, ...ESTIMATE_FIELDS, ...REWARD_FIELDS, ...PATCH_FIELDS, ...RUN_FIELDS, ...RELEASE_FIELDS };

export type DmlrSettings = SettingsOf<typeof DMLR_FIELDS> & CommonSettings;
