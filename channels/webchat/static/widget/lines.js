// The conversation on the page: lines in order, news, the end in view, and what a line offers to press.

import { aside, button, el, icon, objects, strings } from "./dom.js";
import { emit, on } from "./events.js";
import { cut, dayOf, face, fileCard, paragraph, quotation, when, withoutChoices } from "./said.js";
import { chat, keep } from "./state.js";
import { active, busy, busyText, label, log, refocus } from "./view.js";
import { english, t } from "./words.js";

let low = true; // the end of the conversation is in view
let day = ""; // of the last line
let quiet = 0; // the timer that ends "is writing" when nothing more is heard

log.onscroll = () => { low = log.scrollHeight - log.scrollTop - log.clientHeight < 80; };

export const toEnd = () => { log.scrollTop = log.scrollHeight; };
const watch = new ResizeObserver(() => { if (low && chat.started) toEnd(); });
watch.observe(log);
on("destroy", () => watch.disconnect());

/** Put a line before the own messages that are still on their way, and keep the end in view. */
export const put = (node) => {
  const before = chat.pending.find((item) => item.node.isConnected)?.node || busy;
  // What stands there already is not put there again: it would be read out twice.
  if (node.nextSibling !== before) log.insertBefore(node, before);
  // A long answer is read from its beginning; a short one leaves the end in view, as the browser stops there.
  if (low) log.scrollTop = node.offsetTop - 12;
};

export const line = (from, ...children) => el("div", { className: "line " + from }, el("div", { className: "bubble" }, ...children));

/** Words of the widget itself, between the lines. */
export const remark = (text) => {
  const node = line("system", el("p", {}, text));
  log.insertBefore(node, busy);
  if (low) toEnd();
};

const dated = (at) => {
  const next = dayOf(at);
  if (next && next !== day && (day || next !== dayOf(Date.now()))) put(el("p", { className: "day" }, next));
  if (next) day = next;
};

export const dropPicks = () => {
  for (const node of log.querySelectorAll(".picks")) {
    if (node.contains(active())) refocus();
    node.remove();
  }
};

/** Buttons that say something: each is [its words, what it says]. */
const picks = (choices, look, numbered) => el("div", { className: "picks " + look }, ...choices.map(([shown, text], nth) =>
  button("", () => emit("say", { text }), numbered && el("b", {}, String(nth + 1)), numbered && " ", el("bdi", {}, shown))));

const who = (from, staff) => {
  if (from === "staff") return staff?.name || t("from_staff");
  return t(from === "bot" ? "from_bot" : "from_you");
};

/** Who said it: heard first and seen below. */
const sign = (node, name, ...more) => {
  node.prepend(aside(name + ": "));
  node.append(el("span", { className: "meta" }, el("span", { "aria-hidden": "true" }, el("bdi", {}, name), " "), ...more));
};

const STATES = { sent: "sent", delivered: "delivered", read: "read" };

/** The tick of an own line: a picture, and its word. */
export const tick = (node, state, at) => {
  const note = node.querySelector(".meta");
  node.dataset.state = state;
  note.setAttribute("aria-live", "off"); // a tick is there to be read, and interrupts nobody
  note.replaceChildren(icon(state === "sent" ? "sent" : "read"), t(STATES[state]), " ", at ? when(at) : note.querySelector("time") || "");
};

/** What the desk or its people have taken or read, up to this line. */
export const receipt = (seq, state) => {
  if (!Object.hasOwn(STATES, state)) return;
  for (const node of log.querySelectorAll(".you[data-seq]")) {
    if (Number(node.dataset.seq) <= seq && node.dataset.state !== "read" && node.dataset.state !== state) tick(node, state);
  }
};

/** A line of the conversation, as it came over the wire. */
export const show = (frame) => {
  const from = ["bot", "staff", "you"].includes(frame.from) ? frame.from : "system";
  const choices = strings(frame.choices), files = objects(frame.files), cites = objects(frame.citations);
  const said = String(frame.text ?? ""), bare = withoutChoices(said, choices);
  const parts = cut(bare, cites).map((part) => (typeof part === "string" ? paragraph(part) : quotation(part)));
  const node = line(from, ...parts, ...files.map(fileCard));
  if (from === "staff" && frame.staff) node.prepend(face(frame.staff));
  if (from !== "system") sign(node, who(from, frame.staff), when(frame.at));
  if (from === "you") tick(node, Object.hasOwn(STATES, frame.state) ? frame.state : "sent", frame.at);
  node.dataset.seq = frame.seq;
  dropPicks();
  // Below an answer they only ask whether it helped, so they keep small.
  if (choices.length) node.append(picks(choices.map((words) => [words, words]), cites.length ? "small" : "", bare !== said));
  if (!chat.open && (from === "bot" || from === "staff") && frame.seq > chat.read) node.classList.add("news");
  if (from !== "you") still();
  dated(frame.at);
  put(node);
  readAll();
};

/** All that is on the page while it is open is read. */
export const readAll = () => {
  if (chat.open && chat.seen > chat.read) {
    chat.read = chat.seen;
    emit("read", { seq: chat.read });
  }
  counted();
};

/** What was read here or in another tab is no news. */
export const notNews = (seq) => {
  for (const node of log.querySelectorAll(".news")) if (Number(node.dataset.seq) <= seq) node.classList.remove("news");
  chat.read = Math.max(chat.read, seq);
  counted();
  keep();
};

const counted = () => {
  const news = label();
  if (news >= 0) emit("unread", { count: news });
};

/** Somebody is at it; `seconds` without another word on it, and it is taken back. */
export const working = (words, seconds) => {
  clearTimeout(quiet);
  if (busyText.textContent !== words) busyText.textContent = words; // told again while it goes on, and read out once
  busy.hidden = false;
  if (low) toEnd();
  if (seconds) quiet = setTimeout(still, seconds * 1000);
};

export const still = () => {
  clearTimeout(quiet);
  busy.hidden = true;
};

/** The first bubble: what this is, three questions to try, and that messages are kept. */
export const greet = () => {
  const node = line("bot", paragraph(t("greeting")), el("p", { className: "notice", dir: "auto" }, t("kept")));
  sign(node, t("from_bot"));
  node.append(picks(["example_1", "example_2", "example_3"].map((key) => [t(key), english(key)]), "", false));
  log.prepend(node);
};
log.append(busy);

/** Begin anew: all lines go but the own ones that are still to be sent. */
export const afresh = () => {
  for (const node of log.querySelectorAll(".line, .day")) if (!chat.pending.some((item) => item.node === node)) node.remove();
  day = "";
  greet();
};
