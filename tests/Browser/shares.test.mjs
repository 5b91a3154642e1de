// @ts-check
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as shares from "../../src/Hosting/Page/shares.js";

const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf8"));
const plan = "ab".repeat(32);

for (const vector of vectors.inputs) {
    const { input, output } = vector, pixels = shares.fromHex(vector.pixels), seed = shares.fromHex(vector.seed);

    test(`${vector.name}: pixels become the same ring elements`, () =>
        assert.deepEqual([...shares.encode(input, pixels)], vector.encoded));

    test(`${vector.name}: a seed and an input become the same shares`, async () => {
        const { first, second } = await shares.split(shares.encode(input, pixels), seed);
        assert.deepEqual([...first], vector.first);
        assert.equal(shares.toHex(new Uint8Array(second.buffer)), vector.difference);
    });

    test(`${vector.name}: two results become the same values`, () => {
        const values = shares.join(output, shares.fromHex(vector.results[0]), shares.fromHex(vector.results[1]));
        values.forEach((value, i) => assert.ok(Math.abs(value - vector.values[i]) < 1e-5 * Math.max(1, Math.abs(value)), `${value}, ${vector.values[i]}`));
    });

    test(`${vector.name}: a query's uploads add up to the input`, async () => {
        const query = await shares.createQuery({ plan, input }, pixels);
        assert.match(query.id, /^[0-9a-f]{32}$/);
        assert.equal(query.uploads.a.length, 98 + 32);
        assert.equal(query.uploads.b.length, 98 + 4 * input.elements);
        for (const message of [query.uploads.a, query.uploads.b]) {
            assert.equal(message[0], 1);
            assert.equal(shares.toHex(message.slice(1, 33)), plan);
            assert.equal(message[33], 4);
        }
        assert.deepEqual(query.uploads.a.slice(33, 98), query.uploads.b.slice(33, 98));
        const first = await shares.expand(query.uploads.a.slice(98), input.elements), second = new Uint32Array(query.uploads.b.slice(98).buffer);
        assert.deepEqual([...first.map((share, i) => share + second[i])], [...Uint32Array.from(vector.encoded)]);
    });
}

test("a sealed answer opens, to the right key and name alone", async () => {
    const { id, party, privateKey, sealed, share } = vectors.sealed, message = shares.fromHex(sealed), length = message.length;
    const model = { plan: vectors.sealed.plan, output: { shape: [25], elements: 25, ringBits: 8, scale: 0, postOperation: "None", axis: -1 } };
    const key = await crypto.subtle.importKey("pkcs8", shares.fromHex(privateKey), { name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
    assert.equal(shares.toHex(await shares.open(model, party, id, key, message)), share);
    const refused = (/** @type {Promise<any>} */ opening, /** @type {string} */ fault) => assert.rejects(opening, { fault });
    await refused(shares.open(model, "b", id, key, message), "SealBroken");
    await refused(shares.open(model, party, plan.slice(32), key, message), "SealBroken");
    await refused(shares.open({ ...model, plan }, party, id, key, message), "SealBroken");
    await refused(shares.open(model, party, id, key, message.slice(1)), "WrongLength");
    for (const at of [0, 1, 64, 65, 76, 77, length - 17, length - 16, length - 1])
        await refused(shares.open(model, party, id, key, message.map((byte, i) => i === at ? byte ^ 1 : byte)), "SealBroken");
});

test("bits after the last number of a result are refused", () => {
    const output = { shape: [3], elements: 3, ringBits: 13, scale: 4, postOperation: "None", axis: -1 };
    const share = new Uint8Array(shares.packedBytes(output));
    assert.deepEqual([...shares.join(output, share, share)], [0, 0, 0]);
    assert.throws(() => shares.join(output, share, share.map((byte, i) => i === 4 ? 0x80 : byte)), { fault: "MalformedMessage" });
});

test("what a server says of its model is checked before it is used", () => {
    const { input, output } = vectors.inputs[0], rest = { inputs: 1, outputs: 1, labels: null, peer: null };
    const sound = { party: "a", model: "m", plan, input, output, ...rest };
    assert.equal(shares.readModel(sound), sound);
    for (const broken of [null, {}, { ...sound, party: "c" }, { ...sound, plan: "00" }, { ...sound, input: { ...input, elements: 785 } },
        { ...sound, input: { ...input, shape: [1, 2 ** 20, 2 ** 20], elements: 2 ** 40 } }, { ...sound, output: { ...output, ringBits: 33 } },
        { ...sound, input: { ...input, card: { ...input.card, mean: ["1"] } } }, { ...sound, input: { ...input, scale: 2.5 } },
        { ...sound, output: { ...output, postOperation: null } }, { ...sound, labels: 10 }])
        assert.throws(() => shares.readModel(broken), { fault: "MalformedModel" });
    assert.throws(() => shares.readModel({ ...sound, outputs: 2 }), { fault: "SeveralInputs" });
});
