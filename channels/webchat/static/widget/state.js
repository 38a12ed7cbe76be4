// What the chat knows, and the little of it that this tab keeps: nothing before the first message, no cookie ever.

import { SCRIPT } from "./given.js";

export const site = SCRIPT.dataset.site || "";
const storeKey = "privacydesk:" + site;

const load = () => {
  try {
    return JSON.parse(sessionStorage.getItem(storeKey)) || {};
  } catch {
    return {}; // no storage: the chat lasts as long as the page
  }
};

export const stored = load();

export const chat = {
  session: typeof stored.session === "string" ? stored.session : "",
  started: typeof stored.session === "string" && Boolean(stored.session), // from the first message on
  seen: 0, // the last line that is on the page
  read: Number(stored.read) || 0, // the last line that was on the page while it was open
  user: typeof stored.user === "string" ? stored.user : "", // whom the page named when the session began
  named: false, // the page named its visitor since it was loaded
  identity: null, // {said, until}: what it said of them, signed by the site, until the desk has heard it
  open: false,
  pending: [], // own messages without a line yet: {id, text, node, note, timer}
  name: "",
  more: false, // the desk knows more than the first frames: receipts, files, status
  maxFile: 0,
  owner: "bot",
  staff: null,
  online: true,
  hours: "",
};

/** Keep this tab's session, and what it could not send yet. */
export const keep = () => {
  if (!chat.started) return;
  const unsent = chat.pending.filter((item) => item.text).map(({ id, text }) => ({ id, text }));
  const { session, read, open, user } = chat;
  try {
    sessionStorage.setItem(storeKey, JSON.stringify({ session, unsent, read, open, user }));
  } catch { /* as above */ }
};

/** Somebody else sits here now, or nobody: the session is theirs no more. */
export const forget = () => {
  Object.assign(chat, { session: "", started: false, seen: 0, read: 0, user: "", owner: "bot", staff: null, pending: [] });
  try {
    sessionStorage.removeItem(storeKey);
  } catch { /* as above */ }
};

/** The kept session is of somebody whom the page has not named this time: nobody else is shown it. */
export const unproved = () => Boolean(chat.user && !chat.named);

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
