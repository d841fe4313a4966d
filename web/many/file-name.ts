// Names of files that the page hands out.

/** `noema-` with what it is and the time, without an ending. */
export const recordName = (what: string): string => `noema-${what}-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`;
