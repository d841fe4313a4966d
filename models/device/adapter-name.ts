// Names a GPU for people: from what WebGPU tells, and where that is only a vendor, from what WebGL tells. No decision depends on a name.

/** What WebGPU tells of the adapter's name; any of it may be empty. */
export type ToldByWebGpu = Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'>;

/**
 * The best name there is, such as "NVIDIA GeForce RTX 3060 (ampere)" or "apple metal-3". Browsers keep the model from WebGPU and tell it in
 * WebGL; `renderer` (WebGL's text, or null) is used when it names the same vendor, since a machine may have two GPUs.
 */
export function nameAdapter({ vendor, architecture, device, description }: ToldByWebGpu, renderer: string | null): string {
  const told = description || device;
  const seen = told === '' && vendor !== '' && renderer?.toLowerCase().includes(vendor.toLowerCase()) ? modelOf(renderer) : '';
  const model = told || seen;
  if (model === '') return [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter';
  const more = [vendor, architecture].filter((part) => part !== '' && !model.toLowerCase().includes(part.toLowerCase()));
  return more.length === 0 ? model : `${model} (${more.join(' ')})`;
}

/**
 * The model in WebGL's text: "ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 (0x00002504) Direct3D11 vs_5_0 ps_5_0, D3D11)" gives "NVIDIA GeForce
 * RTX 3060", "ANGLE (Apple, ANGLE Metal Renderer: Apple M1 Pro, Unspecified Version)" gives "Apple M1 Pro".
 */
function modelOf(renderer: string): string {
  const [, inner = renderer] = /^ANGLE \((.*)\)$/.exec(renderer) ?? [];
  const [vendor = '', model = vendor] = inner.split(', ');
  return model
    .replace(/^ANGLE Metal Renderer: /, '')
    .replace(/^Vulkan [\d.]+ \((.*)\)$/, '$1')
    .replace(/ (Direct3D|OpenGL|vs_\d|\(0x).*$/, '')
    .trim();
}

let asked: string | null | undefined;

/** The renderer as WebGL tells it, asked once per thread; null where there is no WebGL, or it does not tell. */
export function webglRenderer(): string | null {
  if (asked === undefined) asked = askWebGl();
  return asked;
}

function askWebGl(): string | null {
  if (typeof OffscreenCanvas === 'undefined') return null;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl');
  const extension = gl?.getExtension('WEBGL_debug_renderer_info');
  if (!gl || !extension) return null;
  const renderer: unknown = gl.getParameter(extension.UNMASKED_RENDERER_WEBGL);
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return typeof renderer === 'string' ? renderer : null;
}
