// Several tabs of one browser, one conversation: a tab tells another its session, and what was read. Nothing is stored.

import { chat, keep, site } from "./state.js";
import { emit, on } from "./events.js";

let channel = null;

const tell = (what) => channel?.postMessage({ user: chat.user, ...what });
const offer = () => { if (chat.started && chat.session) tell({ session: chat.session }); };

const hear = (event) => {
  const said = event.data;
  // Whom the page names must be the same: else it is somebody else's conversation.
  if (!said || typeof said !== "object" || said.user !== chat.user) return;
  if (said.who) offer();
  if (Number(said.read) > 0 && said.of === chat.session) emit("elsewhere", { read: Number(said.read) });
  if (typeof said.session === "string" && said.session && !chat.started) {
    Object.assign(chat, { session: said.session, started: true, seen: 0 });
    keep();
    emit("adopted");
  }
};

/** Tell the other tabs of what was begun or read here. */
export const share = offer;
on("began", offer);
on("read", ({ seq }) => tell({ read: seq, of: chat.session }));
on("destroy", () => channel?.close());

export const ask = () => { if (!chat.started) tell({ who: true }); };

/** Listen to the other tabs, and ask whether another tab speaks with the desk already. */
export const join = () => {
  if (typeof BroadcastChannel === "undefined") return;
  try {
    channel = new BroadcastChannel("privacydesk:" + site);
  } catch {
    return; // a page without an origin of its own
  }
  channel.onmessage = hear;
  ask();
};
