// Bounds of what can be asked about a run, for those who ask and those who answer.

/** Points along a side of a reward landscape. */
export const LANDSCAPE_POINTS = { least: 3, most: 21 } as const;
/** How far its grid reaches at most. */
export const MOST_EXTENT = 100;
/** Corrupted pictures that are averaged at most. */
export const MOST_DRAWS = 16;
