// @ts-check
/**
 * The client's part of an inference by two servers, without a page around it: pixels to ring elements, ring elements to two shares, two sealed answers
 * to values. Equal to QueryShares, Preprocessing and ClientCodec of the C# side, element by element; both are tested against one file of vectors.
 */

/** @typedef {{ channelOrder: string, scale: number, mean: number[], std: number[], layout: string }} Card preprocessing, as the plan has it */
/** @typedef {{ shape: number[], elements: number, bits: number, scale: number, card: Card }} ModelInput bits: of a value; scale: digits after the point */
/**
 * @typedef {{ shape: number[], elements: number, ringBits: number, scale: number, postOperation: string, axis: number }} ModelOutput with what the client
 * applies to it once it is opened
 */
/** @typedef {{ channels: number, height: number, width: number, interleaved: boolean }} Layout of an image in the model's input */

export const VERSION = 1, SEED_BYTES = 32, KEY_BYTES = 65, HEADER_BYTES = 1 + 32 + KEY_BYTES;
const NONCE_BYTES = 12, TAG_BYTES = 16, ELEMENTS_MAX = 1 << 24;

if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) throw new Error("Shares travel little-endian; this machine is not.");

/** Something that a server sent is not what was agreed; `fault` is its name. */
export class ShareError extends Error {
    /** @param {string} fault @param {string} message */
    constructor(fault, message) {
        super(message);
        this.fault = fault;
    }
}

/**
 * How an image lies in a model's input: planes, or with the channels last. The rule of the C# side.
 * @param {ModelInput} input
 * @returns {Layout | null} null where the input is no image of one or three channels
 */
export function imageLayout({ shape, elements, card }) {
    const row = shape.length === 4 && shape[0] === 1 ? shape.slice(1) : shape;
    const [a, b, c] = row.length === 2 ? [1, ...row] : row;
    if (row.length < 2 || row.length > 3 || a * b * c !== elements) return null;
    const last = row.length === 3 && (c === 1 || c === 3) && a !== c;
    const [channels, height, width] = last ? [c, a, b] : [a, b, c];
    if (channels !== 1 && channels !== 3) return null;
    return { channels, height, width, interleaved: height * width > 1 && (card.layout === "nhwc" || last) };
}

/**
 * Pixels as the ring elements of the model's input: element = round(((pixel * scale - mean) / std) * 2^scale), saturated.
 * @param {ModelInput} input
 * @param {Uint8Array} pixels planes in the order red, green, blue
 * @returns {Int32Array}
 */
export function encode(input, pixels) {
    const layout = imageLayout(input);
    if (layout === null || pixels.length !== input.elements) throw new Error(`the model takes ${input.elements} values, not ${pixels.length}`);
    const { card } = input, { channels, interleaved } = layout, area = pixels.length / channels;
    const unit = 2 ** input.scale, largest = 2 ** (input.bits - 1) - 1, plain = card.mean.length === 0;
    const encoded = new Int32Array(pixels.length);
    for (let channel = 0; channel < channels; channel++) {
        const from = (channels === 3 && card.channelOrder === "bgr" ? 2 - channel : channel) * area;
        const scale = plain ? 1 : card.scale, mean = plain ? 0 : entry(card.mean, channel), std = plain ? 255 : entry(card.std, channel);
        const first = interleaved ? channel : channel * area, step = interleaved ? channels : 1;
        for (let i = 0, at = first; i < area; i++, at += step) {
            const value = Math.fround((pixels[from + i] * scale - mean) / std);
            encoded[at] = Math.max(-largest - 1, Math.min(largest, Math.floor(value * unit + 0.5)));
        }
    }
    return encoded;
}

/**
 * The first server's share: the key stream of AES-128 in counter mode under the first half of SHA-256(32, seed, 11, "input share"), lengths in 8 bytes.
 * @param {Uint8Array} seed
 * @param {number} elements
 * @returns {Promise<Uint32Array>}
 */
export async function expand(seed, elements) {
    const label = new TextEncoder().encode("input share");
    const text = new Uint8Array(8 + seed.length + 8 + label.length);
    text[0] = seed.length;
    text.set(seed, 8);
    text[8 + seed.length] = label.length;
    text.set(label, 16 + seed.length);
    const digest = await crypto.subtle.digest("SHA-256", text);
    const key = await crypto.subtle.importKey("raw", digest.slice(0, 16), "AES-CTR", false, ["encrypt"]);
    const counter = new Uint8Array(16);
    return new Uint32Array(await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 64 }, key, new Uint8Array(4 * elements)));
}

/**
 * Both servers' shares of an encoded input; they add up to it modulo 2^32, and either alone is uniform.
 * @param {Int32Array} encoded
 * @param {Uint8Array} seed fresh and uniform, used for nothing else
 * @returns {Promise<{ first: Uint32Array, second: Uint32Array }>} of the first, a server is sent the seed alone
 */
export async function split(encoded, seed) {
    const first = await expand(seed, encoded.length), second = new Uint32Array(encoded.length);
    for (let i = 0; i < second.length; i++) second[i] = encoded[i] - first[i];
    return { first, second };
}

/**
 * A query: its identifier, the key to which both servers seal their answers, the shares, and the two messages.
 * @param {{ plan: string, input: ModelInput }} model
 * @param {Uint8Array} pixels
 */
export async function createQuery(model, pixels) {
    const seed = crypto.getRandomValues(new Uint8Array(SEED_BYTES)), id = toHex(crypto.getRandomValues(new Uint8Array(16)));
    const pair = /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]));
    const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    const shares = await split(encode(model.input, pixels), seed);
    const uploads = { a: upload(model.plan, publicKey, seed), b: upload(model.plan, publicKey, new Uint8Array(shares.second.buffer)) };
    return { id, privateKey: pair.privateKey, shares, uploads };
}

/** @param {string} plan @param {Uint8Array} publicKey @param {Uint8Array} share */
export function upload(plan, publicKey, share) {
    const message = new Uint8Array(HEADER_BYTES + share.length);
    message[0] = VERSION;
    message.set(fromHex(plan), 1);
    message.set(publicKey, 33);
    message.set(share, HEADER_BYTES);
    return message;
}

/**
 * Opens a server's sealed answer: ECDH on P-256, HKDF-SHA256, AES-256-GCM.
 * @param {{ plan: string, output: ModelOutput }} model
 * @param {"a" | "b"} party whose answer it is
 * @param {string} id
 * @param {CryptoKey} privateKey
 * @param {Uint8Array} sealed
 * @returns {Promise<Uint8Array>} the packed share
 */
export async function open(model, party, id, privateKey, sealed) {
    const expected = KEY_BYTES + NONCE_BYTES + packedBytes(model.output) + TAG_BYTES;
    if (sealed.length !== expected) throw new ShareError("WrongLength", `The answer has ${sealed.length} bytes where ${expected} were agreed.`);
    try {
        const theirs = await crypto.subtle.importKey("raw", sealed.slice(0, KEY_BYTES), { name: "ECDH", namedCurve: "P-256" }, false, []);
        const agreed = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, privateKey, 256);
        const material = await crypto.subtle.importKey("raw", agreed, "HKDF", false, ["deriveKey"]);
        const info = concat(new TextEncoder().encode("blindsight result" + party), fromHex(id), fromHex(model.plan));
        const key = await crypto.subtle.deriveKey({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info }, material,
            { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
        const iv = sealed.slice(KEY_BYTES, KEY_BYTES + NONCE_BYTES);
        return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed.slice(KEY_BYTES + NONCE_BYTES)));
    } catch {
        throw new ShareError("SealBroken", "The answer was not sealed to this page's key, or was changed on the way.");
    }
}

/**
 * Both servers' packed shares together: the output's values, after the client's post-operation.
 * @param {ModelOutput} output
 * @param {Uint8Array} first
 * @param {Uint8Array} second
 * @returns {Float32Array}
 */
export function join(output, first, second) {
    const mine = unpack(output, first), theirs = unpack(output, second), unit = 2 ** -output.scale, wrap = 32 - output.ringBits;
    const values = Float32Array.from(mine, (share, i) => ((share + theirs[i]) << wrap >> wrap) * unit);
    applyPostOperation(output, values);
    return values;
}

/**
 * An output as probabilities of classes.
 * @param {ModelOutput} output
 * @param {Float32Array} values
 */
export function probabilities(output, values) {
    switch (output.postOperation) {
        case "Softmax": return values;
        case "LogSoftmax": return values.map(Math.exp);
        default: return softmax(values, false);
    }
}

/** @param {ModelOutput} output */
export const packedBytes = output => Math.ceil(output.elements * output.ringBits / 8);

/** @param {ModelOutput} output @param {Uint8Array} packed numbers of ringBits bits without gaps, lowest bits first */
function unpack({ elements, ringBits }, packed) {
    const numbers = new Uint32Array(elements), size = 2 ** ringBits;
    let pending = 0, held = 0, at = 0;
    for (let i = 0; i < elements; i++) {
        for (; held < ringBits; held += 8) pending += packed[at++] * 2 ** held;
        numbers[i] = pending % size;
        pending = Math.floor(pending / size);
        held -= ringBits;
    }
    if (pending !== 0) throw new ShareError("MalformedMessage", "Bits follow the answer's last number.");
    return numbers;
}

/** @param {ModelOutput} output @param {Float32Array} values */
function applyPostOperation({ shape, postOperation: kind, axis }, values) {
    if (kind === "Sigmoid") values.forEach((value, i) => values[i] = 1 / (1 + Math.exp(-value)));
    if (kind === "Tanh") values.forEach((value, i) => values[i] = Math.tanh(value));
    if (kind !== "Softmax" && kind !== "LogSoftmax") return;
    const along = axis < 0 ? axis + shape.length : axis, count = shape[along];
    const stride = shape.slice(along + 1).reduce((product, size) => product * size, 1);
    for (let start = 0; start < values.length; start += count * stride)
        for (let offset = start; offset < start + stride; offset++) {
            const turned = softmax(Float32Array.from({ length: count }, (_, i) => values[offset + i * stride]), kind === "LogSoftmax");
            turned.forEach((value, i) => values[offset + i * stride] = value);
        }
}

/** @param {Float32Array} values @param {boolean} logarithm */
function softmax(values, logarithm) {
    const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
    const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
    return values.map(value => logarithm ? value - largest - Math.log(sum) : Math.exp(value - largest) / sum);
}

/**
 * What a server says of its model, checked before anything is made of it.
 * @param {any} said
 * @returns {{ party: "a" | "b", model: string, plan: string, input: ModelInput, output: ModelOutput, labels: string[] | null, retentionSeconds: number,
 *   peer: string | null }}
 */
export function readModel(said) {
    const count = (/** @type {number[]} */ shape) => shape.reduce((product, size) => product * size, 1);
    const whole = (/** @type {any} */ value, /** @type {number} */ least, /** @type {number} */ most) =>
        Number.isInteger(value) && value >= least && value <= most;
    const numbers = (/** @type {any} */ list) => Array.isArray(list) && list.length <= 3 && list.every(Number.isFinite);
    const shaped = (/** @type {any} */ port) => Array.isArray(port?.shape) && port.shape.length <= 4 && whole(port.elements, 1, ELEMENTS_MAX)
        && port.shape.every((/** @type {any} */ size) => whole(size, 1, ELEMENTS_MAX)) && count(port.shape) === port.elements;
    const input = said?.input, output = said?.output, card = input?.card;
    const sound = (said?.party === "a" || said?.party === "b") && /^[0-9a-f]{64}$/i.test(said.plan) && shaped(input) && shaped(output)
        && whole(input.bits, 2, 32) && whole(input.scale, -64, 64) && whole(output.ringBits, 1, 32) && whole(output.scale, -64, 64)
        && Number.isFinite(card?.scale) && numbers(card.mean) && numbers(card.std) && (card.mean.length === 0) === (card.std.length === 0)
        && typeof output.postOperation === "string" && whole(output.axis, -4, 3) && (said.labels === null || Array.isArray(said.labels));
    if (sound && (said.inputs !== 1 || said.outputs !== 1)) throw new ShareError("SeveralInputs", "The model has several inputs or outputs.");
    if (!sound) throw new ShareError("MalformedModel", "What the server says of its model cannot be read.");
    return said;
}

/** @param {number[]} list one entry for all channels, or one a channel @param {number} channel */
const entry = (list, channel) => list[list.length === 1 ? 0 : channel];

/** @param {...Uint8Array} parts */
function concat(...parts) {
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
        whole.set(part, at);
        at += part.length;
    }
    return whole;
}

/** @param {Uint8Array} bytes */
export const toHex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, "0")).join("");

/** @param {string} text */
export const fromHex = text => Uint8Array.from(text.match(/../g) ?? [], pair => parseInt(pair, 16));
