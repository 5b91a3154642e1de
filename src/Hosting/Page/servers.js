// @ts-check
/** The interface of the two servers, as the page uses it. */

import { readModel } from "./shares.js";

/** @typedef {"a" | "b"} Party */
/** @typedef {{ state: string, fault?: string, message?: string, rounds?: number, seconds?: number }} QueryState */
/** @typedef {ReturnType<typeof readModel>} Model */

const WAIT_SECONDS = 20, ANSWER_SECONDS = 15;

/** What a server refused, or that it cannot be reached; `fault` is the name of the reason. */
export class ServerError extends Error {
    /** @param {string} fault @param {string} message @param {Server} server */
    constructor(fault, message, server) {
        super(message);
        this.fault = fault;
        this.server = server;
    }

    /** Whether asking again may help. */
    get isTransient() {
        return this.fault === "Unreachable" || this.fault === "Offline";
    }
}

/** One of the two servers. */
export class Server {
    /** @param {string} address base URL */
    constructor(address) {
        this.address = address.replace(/\/+$/, "");
        /** @type {Party | null} */
        this.party = null;
    }

    /** @param {AbortSignal} [signal] @returns {Promise<Model>} */
    async model(signal) {
        const model = readModel(await this.#json(await this.#ask("GET", "/v1/model", { signal })));
        this.party = model.party;
        return model;
    }

    /** @param {string} id @param {Uint8Array<ArrayBuffer>} message @param {AbortSignal} signal */
    async submit(id, message, signal) {
        await this.#ask("POST", `/v1/queries/${id}`, { signal, body: message, headers: { "Content-Type": "application/octet-stream" } }, 120);
    }

    /**
     * The query's state, once it is another than the last one that was told or the wait is over.
     * @param {string} id @param {AbortSignal} signal @returns {Promise<QueryState>}
     */
    async state(id, signal) {
        return this.#json(await this.#ask("GET", `/v1/queries/${id}?wait=${WAIT_SECONDS}`, { signal }, WAIT_SECONDS + ANSWER_SECONDS));
    }

    /** @param {string} id @param {AbortSignal} signal */
    async result(id, signal) {
        return new Uint8Array(await (await this.#ask("GET", `/v1/queries/${id}/result`, { signal })).arrayBuffer());
    }

    /** Erases share and result; also while the page is being closed. @param {string} id */
    async erase(id) {
        await this.#ask("DELETE", `/v1/queries/${id}`, { keepalive: true });
    }

    /** @param {string} method @param {string} path @param {RequestInit} options @param {number} [seconds] */
    async #ask(method, path, options, seconds = ANSWER_SECONDS) {
        const limit = AbortSignal.timeout(1000 * seconds), signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
        let response;
        try {
            response = await fetch(this.address + path, { method, cache: "no-store", credentials: "omit", redirect: "error", ...options, signal });
        } catch (error) {
            if (options.signal?.aborted) throw error;
            throw new ServerError(navigator.onLine ? "Unreachable" : "Offline", `${this.address} does not answer`, this);
        }
        if (response.ok) return response;
        /** @type {{ fault?: any, message?: any }} */
        const said = await response.json().catch(() => ({}));
        throw new ServerError(typeof said.fault === "string" ? said.fault : `Status${response.status}`, String(said.message ?? ""), this);
    }

    /** @param {Response} response */
    async #json(response) {
        try {
            return await response.json();
        } catch {
            throw new ServerError("MalformedMessage", "The answer is not JSON.", this);
        }
    }
}

/**
 * Both servers, in order, and the model that they agree on.
 * @param {Server[]} servers one, which names the other, or both
 * @param {(server: Server, model: Model) => void} onAnswer
 */
export async function meet(servers, onAnswer) {
    const [first, second] = servers;
    const ask = async (/** @type {Server} */ server) => {
        const model = await server.model();
        onAnswer(server, model);
        return model;
    };
    /** @type {Model[]} */
    let models;
    if (second) models = await Promise.all([ask(first), ask(second)]);
    else {
        const model = await ask(first);
        if (typeof model.peer !== "string") throw new ServerError("NoPeer", "The server has not reached the other one yet.", first);
        servers = [first, new Server(model.peer)];
        servers[1].party = model.party === "a" ? "b" : "a";
        models = [model, await ask(servers[1])];
    }
    if (models[0].party === models[1].party) throw new ServerError("SameParty", "Both addresses lead to the same share of the model.", servers[1]);
    const said = models.map(({ model, plan, input, output, labels }) => JSON.stringify([model, plan, input, output, labels]));
    if (said[0] !== said[1]) throw new ServerError("PlanMismatch", "The two servers do not say the same of their model.", servers[1]);
    const inOrder = models[0].party === "a" ? servers : [servers[1], servers[0]];
    return { model: models[0], servers: { a: inOrder[0], b: inOrder[1] } };
}
