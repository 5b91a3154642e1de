// @ts-check
/** What can go wrong, by name, in words for whoever sits before the page. */

import { ServerError } from "./servers.js";

/** @typedef {{ title: string, text: string, name: string }} Words */

const SAFE = "Your picture is safe: one server's share says nothing.";

/** @type {[title: string, text: string]} */
const STALE = ["This page and WHO speak differently", "The server may have been renewed since the page was loaded. Reload it."];

/** @type {Record<string, [title: string, text: string]>} `WHO` is the server concerned */
const WORDS = {
    Offline: ["You are offline", "This device has no network. Connect it and try again."],
    Unreachable: ["WHO does not answer", `It may be switched off, or the network between is down. Both servers are needed. ${SAFE}`],
    InsecurePage: ["This page was not loaded securely", "Browsers encrypt only on pages that come over HTTPS, or from this machine. Load it so."],
    NoPeer: ["The other server is missing", "The server that this page came from has not reached the second one yet, and one alone would see all."],
    SameParty: ["One server, twice", "Both addresses hold the same half of the model. One server would get both shares; nothing was sent."],
    PlanMismatch: ["The models do not match", "A server was given another since this page was loaded, or the two hold different ones. Reload the page."],
    SplitMismatch: ["The servers hold halves of different models", "The two halves do not belong together. Whoever runs the servers has to mend that."],
    MalformedModel: ["WHO describes no readable model", "What it says of its model is incomplete or out of range, so nothing is sent to it."],
    UnsupportedInput: ["This model takes no pictures", "Its input is no image of one or three channels. The command line takes such inputs."],
    SeveralInputs: ["This model has more than one input or output", "This page handles one of each. The command line takes such models."],
    OtherShareMissing: ["One share did not arrive", `WHO waited for the other server to get its share, and erased its own. ${SAFE} Ask again.`],
    DuplicateQuery: ["This query was used before", "An identifier is good for one query only. Ask again; the next one is fresh."],
    TooManyWaiting: ["The servers are busy", "Too many queries are waiting at WHO. Try again in a moment."],
    NoCorrelations: ["The servers have nothing prepared", "What they compute with is made ahead, is used once, and ran out. Try again later."],
    Overdue: ["The query's turn did not come", "WHO had too much to do in the time that it keeps shares, and erased yours. Ask again."],
    Expired: ["The answer was not collected in time", "Both servers have erased it. Ask again."],
    Deleted: ["The query was erased", "Somebody who knew its identifier asked for that, or this page did. Ask again."],
    UnknownQuery: ["WHO does not know this query", "It never got the share, or has forgotten it since. Ask again."],
    PeerLost: ["The other server vanished", `WHO lost its partner in the middle of the computation and dropped the query. ${SAFE}`],
    PeerMisbehaved: ["The other server broke the protocol", `WHO got what the protocol does not call for, and dropped the query. ${SAFE}`],
    ServerRestarted: ["WHO was restarted", "Shares are held in memory only and are gone with it. Ask again."],
    ServerStopped: ["WHO is being stopped", `It takes no queries any more. ${SAFE}`],
    WrongLength: ["A message had the wrong length", "What WHO sent or got is not what was agreed, so it was not used."],
    TooLarge: ["A message had the wrong length", "WHO was sent more than it takes. Reload this page: the model may have changed."],
    UnsupportedVersion: STALE, BadIdentifier: STALE, BadKey: STALE, NotFound: STALE,
    BadAnswer: ["A message made no sense", "What WHO sent is not what was agreed, so it was not used."],
    NotReady: ["WHO has no answer yet", "It said that it was done, and is not. Ask again."],
    InternalError: ["WHO has a defect", `Something went wrong inside it. ${SAFE} Whoever runs it finds more in its messages.`],
    MalformedMessage: ["A message made no sense", "What WHO sent is not what was agreed, so it was not used."],
    SealBroken: ["An answer's seal is broken", "What WHO sent was not sealed to this page, or was changed on the way. It was not used."],
    UnreadablePicture: ["This picture cannot be read", "The file is damaged, or of a kind that this browser does not know. Try a PNG or a JPEG."],
    BlankPicture: ["There is nothing in this picture", "It has one brightness everywhere; no digit stands out from it."],
};

/** An error of the page itself that has words here. */
export class PageError extends Error {
    /** @param {string} fault */
    constructor(fault) {
        super(fault);
        this.fault = fault;
    }
}

/**
 * @param {any} error
 * @returns {Words}
 */
export function explain(error) {
    const fault = typeof error?.fault === "string" ? error.fault : "Unexpected";
    const server = error instanceof ServerError ? error.server : error?.server;
    const who = server?.party ? `Server ${server.party.toUpperCase()}` : server ? `The server at ${server.address}` : "A server";
    const [title, text] = WORDS[fault] ?? ["This did not work", `${who} gave a reason that this page has no words for. ${SAFE}`];
    const said = error instanceof ServerError || server ? error.message : "";
    return { title: title.replace("WHO", who), text: text.replace("WHO", who), name: said && said !== fault ? `${fault}: ${said}` : fault };
}
