// What one setting is: its value's type and bounds, and everything a page or a command line says about it.

interface Words {
  /** The setting in the field's own words. */
  readonly label: string;
  /** The paper's symbol, when it has one. */
  readonly symbol?: string;
  /** One plain sentence. */
  readonly help: string;
  /** Unit of the value, for people to read. */
  readonly unit?: string;
  /** Heading that the setting stands under, such as 'Thinking'. */
  readonly group: string;
  /** Where the paper is silent or contradicts itself: what was chosen here, and why. */
  readonly source?: string;
}

/** A number between `min` and `max`, both included; `integer` numbers are whole. */
export interface NumberField extends Words {
  readonly kind: 'integer' | 'number';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** What one press of an arrow key changes. On a log scale: the smallest sensible difference near `min`. */
  readonly step: number;
  readonly scale: 'linear' | 'log';
}

/** A number that can also be off: `null` in a record, `none` as text. */
export interface OptionalNumberField extends Omit<NumberField, 'kind' | 'default'> {
  readonly kind: 'optional-number';
  readonly default: number | null;
  /** Whether it must be a whole number. */
  readonly whole?: boolean;
}

export interface ChoiceField<T extends string = string> extends Words {
  readonly kind: 'choice';
  readonly default: T;
  readonly choices: readonly { readonly value: T; readonly label: string }[];
}

export interface BooleanField extends Words {
  readonly kind: 'boolean';
  readonly default: boolean;
}

export type SettingField = NumberField | OptionalNumberField | ChoiceField | BooleanField;
export type SettingValue = number | boolean | string | null;

/** Describes a choice and keeps the exact names of its values in the type. */
export function choice<const T extends string>(field: Omit<ChoiceField<T>, 'kind'>): ChoiceField<T> {
  return { kind: 'choice', ...field };
}

/** Describes a whole number. */
export function integer(field: Omit<NumberField, 'kind' | 'step' | 'scale'> & Partial<Pick<NumberField, 'step' | 'scale'>>): NumberField {
  return { kind: 'integer', step: 1, scale: 'linear', ...field };
}

/** Describes a number. */
export function number(field: Omit<NumberField, 'kind'>): NumberField {
  return { kind: 'number', ...field };
}

/** Describes a number that can be off. */
export function optionalNumber(field: Omit<OptionalNumberField, 'kind'>): OptionalNumberField {
  return { kind: 'optional-number', ...field };
}

/** Describes a yes-or-no setting. */
export function toggle(field: Omit<BooleanField, 'kind'>): BooleanField {
  return { kind: 'boolean', ...field };
}

/** The type of a setting's value, from its description. */
export type ValueOf<F> =
  F extends ChoiceField<infer T> ? T : F extends BooleanField ? boolean : F extends OptionalNumberField ? number | null : number;

/** Descriptions of settings by their names. */
export type Fields = Readonly<Record<string, SettingField>>;

/** The values that go with descriptions. */
export type SettingsOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };
