// Every sentence of the settings panel, in one place, so that a translation is a second file of the same shape.

export const settingsText = {
  of: (method: string) => `Settings of “${method}”; each method keeps its own.`,
  resetAll: 'Reset all',
  reset: (label: string) => `Reset ${label}`,
  help: (label: string) => `What is ${label}?`,
  locked: 'Settings are fixed while a run is going on.',
  nonDefault: 'changed',
  off: 'off',
  engine: 'Device',
  device: 'Run on',
  devices: { auto: 'Best available', webgpu: 'GPU (WebGPU)', wasm: 'Processor (WASM)' },
  deviceHelp: 'WebGPU where the browser has it, else the processor. A change takes effect when the model is loaded next.',
  dtype: 'Weights',
  dtypes: { auto: 'Best for the device', fp32: '32-bit', q4: '4-bit', q4f16: '4-bit, 16-bit arithmetic', fp16: '16-bit' },
  dtypeHelp: 'Fewer bits are smaller and faster; rewards shift slightly. A change takes effect when the model is loaded next.',
  outOfRange: (low: string, high: string) => `Between ${low} and ${high}.`,
  notNumber: 'Enter a number.',
  notWhole: 'Enter a whole number.',
  link: 'Copy link to these settings',
  copied: 'Copied',
} as const;
