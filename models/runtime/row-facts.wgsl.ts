// The GPU program that reduces rows of logits to their largest few, log-sum-exp and entropy, in two stages.

/** Logits one workgroup of the first stage looks at. */
export const CHUNK = 2048;

/** Numbers one chunk leaves behind: its maximum, two sums, then k values and k ids. */
export const partialSize = (k: number): number => 3 + 2 * k;

/**
 * Stage `survey` runs one workgroup per chunk and row; stage `merge` one per row. Both pick the largest k by k rounds of a
 * 64-lane contest: each lane offers the best of its own entries that comes after all earlier winners (by value
 * descending, id ascending), lane 0 judges, and only the winner looks for its next. With m the maximum:
 * log-sum-exp = m + ln S and entropy = ln S - W / S, where S = sum exp(x - m) and W = sum (x - m) exp(x - m).
 * Everything is stored as bits: an id held in a float could be flushed to zero as a denormal number. Whether a logit is
 * finite is asked of its bits too, because a shader may be compiled as if infinities and NaN did not exist; one that is not
 * makes its row's log-sum-exp NaN.
 */
export const ROW_FACTS_WGSL = /* wgsl */ `
struct Sizes { vocabulary: u32, chunks: u32, k: u32, rows: u32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> partial: array<u32>;
@group(0) @binding(2) var<storage, read_write> facts: array<u32>;
@group(0) @binding(3) var<storage, read> picks: array<u32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

const LANES = 64u;
const SPAN = ${CHUNK}u / LANES;
const LOWEST = -3.4028234e38;
const NOBODY = 0xffffffffu;
const EXPONENT = 0x7f800000u;
const NAN_BITS = 0x7fc00000u;

var<workgroup> offers: array<f32, LANES>;
var<workgroup> names: array<u32, LANES>;
var<workgroup> sums: array<f32, LANES>;
var<workgroup> weighted: array<f32, LANES>;
var<workgroup> good: array<u32, LANES>;
var<workgroup> winner: u32;

fn not_finite(bits: u32) -> bool {
  return (bits & EXPONENT) == EXPONENT;
}

fn comes_after(value: f32, id: u32, last: f32, last_id: u32) -> bool {
  return last_id == NOBODY || value < last || (value == last && id > last_id);
}

fn beats(value: f32, id: u32, other: f32, other_id: u32) -> bool {
  return other_id == NOBODY || value > other || (value == other && id < other_id);
}

fn judge() {
  var best = 0u;
  for (var lane = 1u; lane < LANES; lane++) {
    if (names[lane] != NOBODY && beats(offers[lane], names[lane], offers[best], names[best])) { best = lane; }
  }
  winner = best;
}

fn offer_logit(lane: u32, base: u32, first: u32, last: f32, last_id: u32) {
  var best = LOWEST;
  var best_id = NOBODY;
  for (var i = 0u; i < SPAN; i++) {
    let id = first + i * LANES + lane;
    if (id >= sizes.vocabulary) { break; }
    let value = logits[base + id];
    if (comes_after(value, id, last, last_id) && beats(value, id, best, best_id)) { best = value; best_id = id; }
  }
  offers[lane] = best;
  names[lane] = best_id;
}

@compute @workgroup_size(64)
fn survey(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let base = group.y * sizes.vocabulary;
  let first = group.x * ${CHUNK}u;
  let out = (group.y * sizes.chunks + group.x) * (3u + 2u * sizes.k);
  offer_logit(lane, base, first, 0.0, NOBODY);
  workgroupBarrier();
  if (lane == 0u) { judge(); }
  workgroupBarrier();
  let top = offers[winner];
  var sum = 0.0;
  var weight = 0.0;
  var finite = 1u;
  for (var i = 0u; i < SPAN; i++) {
    let id = first + i * LANES + lane;
    if (id >= sizes.vocabulary) { break; }
    if (not_finite(bitcast<u32>(logits[base + id]))) { finite = 0u; }
    let share = exp(logits[base + id] - top);
    sum += share;
    weight += share * (logits[base + id] - top);
  }
  sums[lane] = sum;
  weighted[lane] = weight;
  good[lane] = finite;
  workgroupBarrier();
  if (lane == 0u) {
    var s = 0.0;
    var w = 0.0;
    var all = 1u;
    for (var i = 0u; i < LANES; i++) { s += sums[i]; w += weighted[i]; all &= good[i]; }
    partial[out] = bitcast<u32>(top);
    partial[out + 1u] = select(NAN_BITS, bitcast<u32>(s), all == 1u);
    partial[out + 2u] = bitcast<u32>(w);
  }
  for (var round = 0u; round < sizes.k; round++) {
    let best = winner;
    if (lane == 0u) {
      partial[out + 3u + round] = bitcast<u32>(offers[best]);
      partial[out + 3u + sizes.k + round] = names[best];
    }
    workgroupBarrier();
    if (lane == best && names[best] != NOBODY) { offer_logit(lane, base, first, offers[best], names[best]); }
    workgroupBarrier();
    if (lane == 0u) { judge(); }
    workgroupBarrier();
  }
}

fn offer_partial(lane: u32, base: u32, last: f32, last_id: u32) {
  let stride = 3u + 2u * sizes.k;
  var best = LOWEST;
  var best_id = NOBODY;
  for (var i = lane; i < sizes.chunks * sizes.k; i += LANES) {
    let at = base + (i / sizes.k) * stride + 3u + i % sizes.k;
    let value = bitcast<f32>(partial[at]);
    let id = partial[at + sizes.k];
    if (id != NOBODY && comes_after(value, id, last, last_id) && beats(value, id, best, best_id)) { best = value; best_id = id; }
  }
  offers[lane] = best;
  names[lane] = best_id;
}

@compute @workgroup_size(64)
fn merge(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let stride = 3u + 2u * sizes.k;
  let base = group.x * sizes.chunks * stride;
  let out = group.x * stride;
  offer_partial(lane, base, 0.0, NOBODY);
  workgroupBarrier();
  if (lane == 0u) {
    judge();
    let top = offers[winner];
    var s = 0.0;
    var w = 0.0;
    var finite = true;
    for (var chunk = 0u; chunk < sizes.chunks; chunk++) {
      let at = base + chunk * stride;
      let lower = bitcast<f32>(partial[at]) - top;
      finite = finite && !not_finite(partial[at + 1u]);
      let chunk_sum = bitcast<f32>(partial[at + 1u]);
      s += chunk_sum * exp(lower);
      w += exp(lower) * (bitcast<f32>(partial[at + 2u]) + lower * chunk_sum);
    }
    var picked = top;
    if (picks[group.x] != NOBODY) { picked = logits[group.x * sizes.vocabulary + picks[group.x]]; }
    facts[out] = select(NAN_BITS, bitcast<u32>(top + log(s)), finite);
    facts[out + 1u] = bitcast<u32>(log(s) - w / s);
    facts[out + 2u] = bitcast<u32>(picked);
  }
  workgroupBarrier();
  for (var round = 0u; round < sizes.k; round++) {
    let best = winner;
    if (lane == 0u) {
      facts[out + 3u + round] = bitcast<u32>(offers[best]);
      facts[out + 3u + sizes.k + round] = names[best];
    }
    workgroupBarrier();
    if (lane == best && names[best] != NOBODY) { offer_partial(lane, base, offers[best], names[best]); }
    workgroupBarrier();
    if (lane == 0u) { judge(); }
    workgroupBarrier();
  }
}
`;
