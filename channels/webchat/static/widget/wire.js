// The connection: a WebSocket, or long polling where that is blocked; it comes back by itself, and never all at once.

import { SCRIPT } from "./given.js";
import { emit } from "./events.js";
import { poll } from "./poll.js";
import { chat, keep, site } from "./state.js";
import { t } from "./words.js";

const SLOWEST = 30000;
const GREETING = 12000; // without a `ready` for so long, something on the way holds the connection up

const socketUrl = new URL("ws", SCRIPT.src).href.replace(/^http/, "ws");
const handlers = {};

let link = null; // the open transport: {send, close}
let ready = false;
let failures = 0;
let heard = 0;
let timer = 0;
let polling = false; // long polling is tried in place of a WebSocket that never came to a `ready`
let why = "";

export const isReady = () => ready;
export const lastHeard = () => heard;
export const isConnecting = () => Boolean(link);

/** What is done with frames of this type. */
export const handle = (type, act) => {
  handlers[type] = act;
};

/** Send one frame; false where there is no connection to send it by. */
export const send = (frame) => {
  if (!ready) return false;
  link.send(frame);
  return true;
};

/** The desk is well: what was lost counts no more. */
export const well = () => {
  failures = 0;
};

/** How the connection stands: "" for well, else the words for the strip and whether a press opens it again. */
const tell = (text, again = false) => emit("connection", { text, again });

const offline = () => t(chat.pending.length ? "offline_queue" : "offline", { count: chat.pending.length });

const hello = () => {
  const frame = { type: "hello", site, last_seq: chat.seen };
  if (chat.session) frame.session = chat.session;
  // Only until the desk has heard it: a hash is good for five minutes, and the session stands for it from then on.
  if (chat.identity && Date.now() < chat.identity.until) frame.identity = chat.identity.said;
  if (SCRIPT.dataset.lang) frame.lang = SCRIPT.dataset.lang;
  return frame;
};

/** The ways of a WebSocket, as those of long polling in poll.js. */
const socket = ({ opened, got, closed }) => {
  const ws = new WebSocket(socketUrl);
  ws.onopen = opened;
  ws.onmessage = (event) => {
    let frame = null;
    try { frame = JSON.parse(event.data); } catch { return; }
    got(frame);
  };
  ws.onclose = (event) => closed(event.code);
  return { send: (frame) => ws.send(JSON.stringify(frame)), close: () => ws.close() };
};

export const connect = () => {
  if (link) return;
  clearTimeout(timer);
  if (navigator.onLine === false) {
    tell(offline());
    return;
  }
  if (!failures) tell("");
  let mine = null;
  const current = (act) => (value) => { if (link === mine) act(value); };
  const ways = {
    opened: current(() => mine.send(hello())),
    got: current((frame) => {
      heard = Date.now();
      if (frame && Object.hasOwn(handlers, frame.type)) handlers[frame.type](frame);
    }),
    closed: current((code) => ([1003, 1007, 1008].includes(code) ? ended() : lost())),
  };
  try {
    link = mine = (polling ? poll : socket)(ways);
  } catch {
    tell(t("not_allowed"));
    return;
  }
  timer = setTimeout(current(lost), GREETING);
};

export const hangUp = () => {
  clearTimeout(timer);
  ready = false;
  const old = link;
  link = null;
  old?.close();
};

/** The connection went: come back, later each time, and not all visitors at once. */
export const lost = () => {
  if (!ready) polling = !polling; // try the other way; whatever comes to a `ready` is kept to
  hangUp();
  emit("lost");
  if (!chat.open && !chat.started) return;
  failures += 1;
  tell(navigator.onLine === false ? offline() : t("lost"));
  timer = setTimeout(connect, Math.min(SLOWEST, 500 * 2 ** failures) * (0.5 + Math.random() / 2));
};

/** The desk closed the chat and said why; only the visitor opens it again. */
const ended = () => {
  hangUp();
  emit("lost");
  tell(why || t("closed"), true);
};

/** Try at once, whatever failed before. */
export const again = () => {
  failures = 0;
  connect();
};

/** Close, and greet the desk anew: somebody else is here, or another tab knows the session. */
export const greetAnew = () => {
  const was = Boolean(link);
  hangUp();
  if (was || chat.open || chat.started) connect();
};

/** The desk greeted back. */
export const greeted = (frame) => {
  clearTimeout(timer);
  ready = true;
  why = "";
  // With something to come or to send, only that shows that the desk is well again.
  if (!chat.pending.length && frame.seq <= chat.seen) failures = 0;
  tell("");
  keep();
};

/** The desk says what is wrong with all of the chat; shown where it closes it. */
export const reason = (text) => {
  why = text;
};
