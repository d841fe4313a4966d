// The family of Qwen2-VL and Qwen2.5-VL: what `models/families/family.ts` asks of one.
import { Decoder } from '../../decoder/decoder';
import { Embedder } from '../../decoder/embedder';
import { GradientReader } from '../../decoder/reward-gradient';
import { Tokenizer } from '../../decoder/tokenizer';
import { OnnxModel } from '../../model/onnx-model';
import type { Family } from '../family';
import { CLOSING_TEXT, THINK_TOKEN } from './chat-template';
import { fitTokenizer, parseConfig, recognises, type QwenConfig } from './config';
import { PICTURE_FILES } from './picture-source';
import { prepareImage, QwenImage } from './prepare-image';
import { layOutPrompt } from './prompt-rows';
import { VisionEncoder } from './vision';

export const qwenVl: Family<QwenConfig> = {
  id: 'qwen-vl',
  label: 'Qwen2-VL and Qwen2.5-VL',
  configFiles: ['generation_config.json', ...PICTURE_FILES],
  sessions: ['embed_tokens', 'vision_encoder', 'decoder_model_merged'],
  recognises,
  readConfig: parseConfig,

  async open(files, planned, { runtime, instrument, identity, check }) {
    const tokenizer = new Tokenizer(files.tokenizer);
    const config = fitTokenizer(planned, tokenizer);
    const embedder = await Embedder.open(runtime, config, await files.graph('embed_tokens'));
    check();
    const vision = await VisionEncoder.open(runtime, config, await files.graph('vision_encoder'));
    check();
    const decoder = await Decoder.open(runtime, config, await files.graph('decoder_model_merged'), instrument);
    check();
    const { architecture, layers, heads, keyValueHeads, hiddenSize, vocabularySize, maxLength, interleavedLatent } = config;
    const [thinkId] = tokenizer.encode(THINK_TOKEN, true);
    return new OnnxModel({
      decoder,
      embedder,
      tokenizer,
      gradient: files.gradient && new GradientReader(runtime, decoder, files.gradient),
      family: {
        closing: {
          rows: Array.from(tokenizer.encode(CLOSING_TEXT, true), (id) => ({ kind: 'token', id })),
          text: CLOSING_TEXT,
        },
        barred: new Set(),
        endTokenIds: config.endTokenIds,
        get visionPasses() {
          return vision.passes;
        },
        layOut: (prompt, image) => layOutPrompt(prompt, image && QwenImage.own(image), tokenizer, config),
        prepareImage: (picture, bounds) => prepareImage(picture, config.vision, bounds),
        encodeImage: async (image) => vision.features(QwenImage.own(image)),
        close: () => vision.session.release(),
      },
      info: {
        ...identity,
        family: 'qwen-vl',
        architecture,
        device: runtime.kind,
        layers,
        heads,
        keyValueHeads,
        hiddenSize,
        vocabularySize,
        maxLength,
        embeddingStd: await embedder.standardDeviation(),
        thinkToken: { id: thinkId, text: THINK_TOKEN },
        packs: decoder.packs,
        ...(interleavedLatent ? { interleavedLatent } : {}),
        gradient: files.gradient !== null,
      },
    });
  },
};
