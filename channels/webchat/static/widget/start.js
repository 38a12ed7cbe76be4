// All parts together: what the desk's frames do, and what the page may ask of the widget.

import { SCRIPT } from "./given.js";
import { emit, off, on, silence } from "./events.js";
import { canSendFiles, showClip } from "./hands.js";
import { emailTaken, offer } from "./leaving.js";
import { afresh, greet, notNews, receipt, show } from "./lines.js";
import { arrived, restore, transmitAll } from "./outgoing.js";
import { close, open } from "./panel.js";
import { spoken, standing } from "./staff.js";
import { chat, forget, keep, stored, unproved } from "./state.js";
import { ask, join, share } from "./tabs.js";
import { host, log, mount, write } from "./view.js";
import { again, connect, greeted, greetAnew, handle, hangUp, isConnecting, lost, send, well } from "./wire.js";
import { learn } from "./words.js";

const PUBLIC = ["ready", "open", "close", "message", "unread", "handover", "error"];
const GOOD_FOR = 280000; // of a page's word for its visitor; the desk takes it for five minutes
const away = new AbortController();
let begun = false, wish = null, replayed = 0;

// ---------------------------------------------------------------- The desk's frames

const settle = () => {
  if (chat.seen >= replayed) log.setAttribute("aria-busy", "false");
};

handle("ready", (frame) => {
  const other = chat.session && frame.session !== chat.session, skipped = other && chat.seen && frame.seq;
  if (other) {
    // The desk knows another session of theirs, or none: what it said is gone, what waits goes into that one.
    afresh();
    chat.seen = chat.read = 0;
  }
  chat.session = String(frame.session);
  chat.identity = null;
  if (skipped) {
    greetAnew(); // for its lines from the first: this greeting was after those of the other
    return;
  }
  chat.name = String(frame.name || chat.name);
  chat.more = "online" in frame;
  chat.maxFile = Number(frame.max_file) || 0;
  standing(frame, false);
  write();
  showClip();
  offer();
  greeted(frame);
  share();
  // Announce what is new, not the whole conversation again.
  log.setAttribute("aria-busy", String(frame.seq > chat.seen && !chat.seen));
  replayed = frame.seq;
  settle();
  if (frame.read > 0) receipt(frame.read, "read");
  transmitAll();
  emit("ready", { name: chat.name, owner: chat.owner, online: chat.online, files: canSendFiles() });
});

handle("ack", (frame) => {
  if (emailTaken(frame.id)) return;
  if (!(frame.seq >= 0)) return;
  chat.seen = Math.max(chat.seen, frame.seq);
  arrived(frame);
  settle();
});

handle("message", (frame) => {
  if (!(frame.seq > chat.seen)) return;
  chat.seen = frame.seq;
  well();
  spoken(frame);
  if (frame.from !== "you" || !arrived(frame)) show(frame);
  settle();
  keep();
  emit("message", { seq: frame.seq, from: frame.from });
});

handle("receipt", (frame) => receipt(Number(frame.seq), frame.state));
on("read", ({ seq }) => { if (send({ type: "read", seq })) keep(); });

// ---------------------------------------------------------------- Other tabs

on("elsewhere", ({ read }) => notNews(read));
on("adopted", greetAnew);

// ---------------------------------------------------------------- The page

const text = (value, most) => (typeof value === "string" && value.length <= most ? value : "");

/** Who the site says that its visitor is. Raises TypeError on what can't be an identity; null where they signed out. */
const identify = (given) => {
  const identity = given && {
    user: text(given.user, 128), name: text(given.name, 120), email: text(given.email, 254), at: given.at, hash: text(given.hash, 128),
  };
  if (identity && !(identity.user && identity.hash && Number.isInteger(identity.at))) {
    throw new TypeError("PrivacyDesk.identify needs user, hash, and at in whole seconds; name and email if known. null for nobody.");
  }
  const user = identity ? identity.user : "";
  // Another person has another conversation; who was nobody yet keeps what they wrote.
  if (chat.user && chat.user !== user) {
    hangUp();
    forget();
    afresh();
  }
  const said = identity && Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== ""));
  Object.assign(chat, { user, named: Boolean(user), identity: said && { said, until: Date.now() + GOOD_FOR } });
  keep();
  if (!begun) return;
  ask();
  if (chat.started && stored.open && !chat.open && user === stored.user) open(false);
  greetAnew();
};

const act = (ready) => () => {
  if (begun) ready();
  else wish = ready;
};

const destroy = () => {
  emit("destroy");
  away.abort();
  chat.started = chat.open = false;
  hangUp();
  host.remove();
  silence();
  delete window.PrivacyDesk;
};

const known = (name) => {
  if (!PUBLIC.includes(name)) throw new TypeError(`PrivacyDesk tells of ${PUBLIC.join(", ")}; not of "${name}".`);
  return name;
};

const api = Object.freeze({
  open: act(() => open()), close: act(close), toggle: act(() => (chat.open ? close() : open())), identify, destroy,
  on: (name, listener) => { on(known(name), listener); }, off: (name, listener) => { off(known(name), listener); },
});
Object.defineProperty(window, "PrivacyDesk", { value: api, configurable: true });

// ---------------------------------------------------------------- Begin

const listen = (name, then) => addEventListener(name, then, { signal: away.signal });
const wanted = () => (chat.started && !unproved()) || chat.open;

const begin = async () => {
  await learn();
  if (away.signal.aborted) return;
  mount(away.signal);
  emit("language");
  greet();
  for (const { id, text: words } of Array.isArray(stored.unsent) ? stored.unsent : []) if (id && words) restore(String(id), String(words));
  begun = true;
  listen("online", () => { if (wanted()) again(); });
  listen("offline", () => { if (isConnecting()) lost(); });
  listen("pagehide", hangUp);
  listen("pageshow", (event) => { if (event.persisted && wanted()) connect(); });
  join();
  if (wish) wish();
  else if (wanted() && stored.open) open(false);
  else if (wanted()) connect();
};

if (document.body) begin();
else addEventListener("DOMContentLoaded", begin, { once: true });
