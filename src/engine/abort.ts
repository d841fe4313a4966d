// What starting something that can be stopped needs of an AbortSignal.

/** The part of AbortSignal that a host or a run source needs. */
export interface AbortHandle {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
