// @ts-check
/** One query: split, sent, waited for, opened; or given up, and then erased. */

import { ServerError } from "./servers.js";
import { createQuery, join, open, SEED_BYTES, ShareError } from "./shares.js";
import { duration } from "./views.js";

/** @typedef {import("./servers.js").Server} Server */
/** @typedef {import("./servers.js").Party} Party */
/** @typedef {{ model: import("./servers.js").Model, servers: Record<Party, Server> }} Deployment */
/** @typedef {{ seed: Uint8Array, first: Uint32Array, second: Uint32Array }} Shares */
/**
 * @typedef {object} Answer
 * @property {Float32Array} values
 * @property {Shares} shares what the servers were sent
 * @property {Record<Party, number>} sent bytes of messages
 * @property {Record<Party, number>} received
 * @property {{ split: number, sent: number, all: number }} times milliseconds
 * @property {number} rounds between the servers; 0 where they do not say
 */
/** @typedef {{ note: (step: string, state: "active" | "done", text?: string) => void, shares: (shares: Shares) => void }} Watch */

/** How often a server that does not answer is asked again, and the first pause; each pause is twice the last. */
const TRIES = 4, PAUSE_MS = 400;

/** @type {Party[]} */
const PARTIES = ["a", "b"];

/**
 * @param {Deployment} deployment
 * @param {Uint8Array} pixels
 * @param {Watch} watch told of every step
 * @param {AbortSignal} signal gives the query up
 * @returns {Promise<Answer>}
 */
export async function ask({ model, servers }, pixels, watch, signal) {
    const started = performance.now();
    watch.note("split", "active");
    const query = await createQuery(model, pixels), split = performance.now() - started;
    watch.note("split", "done", duration(split));
    const shares = { seed: query.uploads.a.slice(-SEED_BYTES), ...query.shares };
    // One party's failure ends the other's wait.
    const stop = new AbortController(), either = AbortSignal.any([signal, stop.signal]);
    const both = async (/** @type {(server: Server, party: Party) => Promise<any>} */ work) => {
        const [a, b] = await Promise.all(PARTIES.map(party => work(servers[party], party)));
        return { a, b };
    };
    try {
        watch.note("sent", "active");
        await both((server, party) => server.submit(query.id, query.uploads[party], either));
        const sent = performance.now() - started - split;
        watch.note("sent", "done", duration(sent));
        watch.shares(shares);
        watch.note("computed", "active");
        const waited = (/** @type {string} */ text) => watch.note("computed", "active", text);
        const states = await both(server => finished(server, query.id, either, waited));
        watch.note("computed", "done", duration(1000 * (states.a.seconds ?? 0)));
        watch.note("opened", "active");
        const sealed = await both(server => persist(() => server.result(query.id, either), either, waited));
        const packed = await both((server, party) => opened(model, server, party, query, sealed[party]));
        const values = join(model.output, packed.a, packed.b), all = performance.now() - started;
        watch.note("opened", "done");
        return {
            values, shares, times: { split, sent, all }, rounds: states.a.rounds ?? 0,
            sent: { a: query.uploads.a.length, b: query.uploads.b.length }, received: { a: sealed.a.length, b: sealed.b.length },
        };
    } finally {
        stop.abort();
        for (const party of PARTIES) servers[party].erase(query.id).catch(() => undefined);
    }
}

/**
 * Waits until a server is done with a query.
 * @param {Server} server @param {string} id @param {AbortSignal} signal @param {(text: string) => void} waited
 */
async function finished(server, id, signal, waited) {
    for (;;) {
        const state = await persist(() => server.state(id, signal), signal, waited);
        if (state.state === "done") return state;
        if (state.state !== "waiting" && state.state !== "running")
            throw new ServerError(state.fault ?? (state.state === "deleted" ? "Deleted" : "Expired"), state.message ?? "", server);
    }
}

/**
 * @param {Deployment["model"]} model @param {Server} server @param {Party} party
 * @param {{ id: string, privateKey: CryptoKey }} query @param {Uint8Array} sealed
 */
async function opened(model, server, party, { id, privateKey }, sealed) {
    try {
        return await open(model, party, id, privateKey, sealed);
    } catch (error) {
        throw error instanceof ShareError ? new ServerError(error.fault, error.message, server) : error;
    }
}

/**
 * Asks again where a server cannot be reached: for a while where it is down, and as long as it takes where this device is offline, since the answer waits.
 * @template T
 * @param {() => Promise<T>} request @param {AbortSignal} signal @param {(text: string) => void} waited
 * @returns {Promise<T>}
 */
async function persist(request, signal, waited) {
    for (let tries = 1, pause = PAUSE_MS; ; tries++, pause *= 2) {
        try {
            return await request();
        } catch (error) {
            if (!(error instanceof ServerError) || !error.isTransient || tries === TRIES && navigator.onLine) throw error;
            waited(navigator.onLine ? "asking again" : "offline; the answer waits");
        }
        if (navigator.onLine) await until(signal, wake => setTimeout(wake, pause));
        else {
            await until(signal, wake => addEventListener("online", wake, { once: true }));
            tries = 0;
            pause = PAUSE_MS;
        }
    }
}

/** @param {AbortSignal} signal @param {(wake: () => void) => void} arrange @returns {Promise<void>} */
function until(signal, arrange) {
    return new Promise((resolve, reject) => {
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        arrange(resolve);
    });
}
