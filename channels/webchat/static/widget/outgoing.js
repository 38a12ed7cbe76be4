// The visitor's own messages: on their way, sent, failed. Each is sent until its line is there, and shown once.

import { aside, button, el, icon } from "./dom.js";
import { emit, on } from "./events.js";
import { upload } from "./files.js";
import { dropPicks, line, put, still, tick, toEnd } from "./lines.js";
import { fileCard, paragraph, when } from "./said.js";
import { chat, keep, newId } from "./state.js";
import { active, busy, input, log, refocus } from "./view.js";
import { connect, handle, isReady, lastHeard, lost, reason, send, well } from "./wire.js";
import { t } from "./words.js";

const SILENCE = 15000; // a message unanswered and nothing heard for so long: the connection is dead

const note = (item, className, picture, text, ...buttons) => {
  const held = item.note.contains(active());
  item.node.className = "line you " + className;
  item.note.setAttribute("aria-live", className === "failed" ? "polite" : "off"); // only what needs doing is read out
  item.note.replaceChildren(icon(picture), text, ...buttons.filter(Boolean));
  if (held) refocus();
};

/** Put an own message on the page, still without a number. `what` has a text or a file. */
const compose = (id, what) => {
  const body = what.file ? fileCard({ name: what.file.name, size: what.file.size }) : paragraph(what.text);
  const bar = what.file && el("progress", { max: 1, value: 0, "aria-label": t("uploading", { name: what.file.name }) });
  const item = { id, ...what, bar, node: line("you", body, bar), note: el("span", { className: "meta" }), timer: 0, stop: null };
  item.node.prepend(aside(t("from_you") + ": "));
  item.node.append(item.note);
  dropPicks();
  log.insertBefore(item.node, busy);
  chat.pending.push(item);
  note(item, "wait", "wait", t("sending"));
  return item;
};

const say = (what) => {
  if (!chat.started) {
    chat.started = true;
    emit("began");
  }
  const item = compose(newId(), what);
  keep();
  toEnd();
  transmit(item);
};
on("say", say);

/** What a tab wrote before its page was loaded anew, and what never reached the desk. */
export const restore = (id, text) => compose(id, { text });

const transmit = (item) => {
  clearTimeout(item.timer);
  if (!isReady()) {
    note(item, "wait", "wait", t("waiting"));
    connect();
    return;
  }
  note(item, "wait", "wait", t("sending"));
  if (item.file) {
    transfer(item);
    return;
  }
  send({ type: "message", id: item.id, text: item.text });
  item.timer = setTimeout(() => {
    if (chat.pending.includes(item) && isReady() && Date.now() - lastHeard() >= SILENCE) lost();
  }, SILENCE + 50);
};

const transfer = (item) => {
  item.stop?.();
  item.bar.hidden = false;
  item.stop = upload(item, {
    progress: (share) => { item.bar.value = share; },
    done: () => { item.bar.hidden = true; },
    failed: (text, temporary) => {
      item.bar.hidden = true;
      note(item, "failed", "failed", text + " ", temporary && button("", () => transmit(item), t("try_again")), temporary && " ",
        button("", () => remove(item), t("remove")));
    },
  });
};

/** Send all that waits; called when the connection is there. */
export const transmitAll = () => {
  for (const item of [...chat.pending]) transmit(item);
};

on("lost", () => {
  still();
  for (const item of chat.pending) {
    clearTimeout(item.timer);
    if (!item.file) note(item, "wait", "wait", t("waiting"));
  }
});

const take = (id) => {
  const at = chat.pending.findIndex((item) => item.id === id);
  if (at < 0) return null;
  const [item] = chat.pending.splice(at, 1);
  clearTimeout(item.timer);
  return item;
};

const remove = (item) => {
  if (item.node.contains(active())) refocus();
  take(item.id);
  item.stop?.();
  item.node.remove();
  keep();
};

/** The line of an own message is there; false where this page did not send it, or a card of the desk's takes its place. */
export const arrived = (frame) => {
  const item = take(frame.id);
  if (!item) return false;
  still();
  well();
  keep();
  if (item.file) {
    item.node.remove();
    return false;
  }
  put(item.node);
  note(item, "", "sent", "");
  item.node.dataset.seq = frame.seq;
  tick(item.node, "sent", frame.at || Date.now());
  return true;
};

const refused = (item, frame) => {
  clearTimeout(item.timer);
  if (frame.retry_after > 0) {
    note(item, "failed", "failed", String(frame.text) + " ", button("", () => transmit(item), t("try_again")));
    item.timer = setTimeout(() => transmit(item), frame.retry_after * 1000);
    return;
  }
  note(item, "failed", "failed", t("not_sent") + ` ${frame.text} `, button("", () => {
    remove(item);
    input.value = item.text;
    input.oninput();
    input.focus();
  }, t("change")));
};

handle("error", (frame) => {
  const item = chat.pending.find((other) => other.id === frame.id);
  if (item) refused(item, frame);
  else if (frame.id) emit("refused", frame);
  else reason(String(frame.text || ""));
  emit("error", { code: String(frame.code || ""), text: String(frame.text || "") });
});
