// The one way numbers become text on the page: true minus signs, thin spaces, units, and no more digits than they deserve.

/** Shown where a number is missing. */
export const NO_VALUE = '–';

/** Narrow no-break space between a number and its unit. */
const UNIT_SPACE = '\u202F';
const MINUS = '\u2212';

const fixedFormats = new Map<number, Intl.NumberFormat>();

function fixed(value: number, digits: number): string {
  let format = fixedFormats.get(digits);
  if (!format) {
    format = new Intl.NumberFormat('en', {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      useGrouping: false,
    });
    fixedFormats.set(digits, format);
  }
  const text = format.format(value);
  // A value that rounds to nothing has no sign: "−0.00" says more than was measured.
  if (/^-0(?:\.0*)?$/.test(text)) return text.slice(1);
  return text.replace('-', MINUS);
}

type Maybe = number | null | undefined;

function missing(value: Maybe): value is null | undefined {
  return value === null || value === undefined || !Number.isFinite(value);
}

/** A plain number with a fixed count of decimals (default 2). Missing or not finite: an en dash. */
export function formatNumber(value: Maybe, digits = 2): string {
  return missing(value) ? NO_VALUE : fixed(value, digits);
}

/** As `formatNumber`, with a plus sign on what is above zero after rounding: for changes and signed scales. */
export function formatSigned(value: Maybe, digits = 2): string {
  if (missing(value)) return NO_VALUE;
  const text = fixed(value, digits);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A reward: three decimals tell steps apart, a fourth is noise of 4-bit weights; large ones lose a digit. */
export function formatReward(value: Maybe): string {
  if (missing(value)) return NO_VALUE;
  return fixed(value, Math.abs(value) >= 10 ? 2 : 3);
}

/** A size whose scale is not known beforehand (a distance, a noise): three significant digits, tiny ones as a bound. */
export function formatSize(value: Maybe): string {
  if (missing(value)) return NO_VALUE;
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.0001) return value > 0 ? '<0.0001' : `>${MINUS}0.0001`;
  return fixed(value, Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size)))));
}

/** Natural-log quantities (entropy, log-probability, S_t): two decimals and the unit. */
export function formatNats(value: Maybe, signed = false): string {
  if (missing(value)) return NO_VALUE;
  return `${signed ? formatSigned(value) : fixed(value, 2)}${UNIT_SPACE}nats`;
}

/** A probability 0..1 as percent; tiny and almost certain ones are said as bounds. */
export function formatProbability(value: Maybe): string {
  if (missing(value)) return NO_VALUE;
  const percent = value * 100;
  if (percent > 0 && percent < 0.1) return `<0.1${UNIT_SPACE}%`;
  if (percent > 99.9 && percent < 100) return `>99.9${UNIT_SPACE}%`;
  return `${fixed(percent, percent < 10 ? 1 : 0)}${UNIT_SPACE}%`;
}

/** A share 0..1 as whole percent. */
export function formatShare(value: Maybe): string {
  return missing(value) ? NO_VALUE : `${fixed(value * 100, 0)}${UNIT_SPACE}%`;
}

/** Milliseconds in the unit a person would use: "840 ms", "3.2 s", "47 s", "2 min 05 s". */
export function formatDuration(ms: Maybe): string {
  if (missing(ms)) return NO_VALUE;
  if (ms < 1) return `<1${UNIT_SPACE}ms`;
  if (ms < 999.5) return `${fixed(ms, 0)}${UNIT_SPACE}ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${fixed(seconds, 1)}${UNIT_SPACE}s`;
  if (seconds < 59.5) return `${fixed(seconds, 0)}${UNIT_SPACE}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}${UNIT_SPACE}min ${String(whole % 60).padStart(2, '0')}${UNIT_SPACE}s`;
}

/** Bytes in decimal units as browsers and hubs show them: "512 B", "4.7 kB", "12 MB", "1.9 GB". */
export function formatBytes(bytes: Maybe): string {
  if (missing(bytes)) return NO_VALUE;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${fixed(value, unit > 0 && value < 9.95 ? 1 : 0)}${UNIT_SPACE}${units[unit]}`;
}

/** A whole number with thin spaces between thousands from 10 000 on. */
export function formatCount(value: Maybe): string {
  if (missing(value)) return NO_VALUE;
  const digits = fixed(Math.abs(value), 0);
  const grouped = digits.length > 4 ? digits.replace(/\B(?=(?:\d{3})+$)/g, UNIT_SPACE) : digits;
  return value < 0 && grouped !== '0' ? `${MINUS}${grouped}` : grouped;
}

/** "1 patch", "3 patches": the number with the word in its form. */
export function formatPlural(value: number, one: string, many: string): string {
  return `${formatCount(value)} ${Math.abs(value) === 1 ? one : many}`;
}
