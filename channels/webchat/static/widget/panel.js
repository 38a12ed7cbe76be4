// Opening and closing, and where the keyboard's focus is meanwhile.

import { emit, on } from "./events.js";
import { closeSheet, showMenu } from "./leaving.js";
import { readAll, toEnd } from "./lines.js";
import { chat, forget, keep, unproved } from "./state.js";
import { active, box, closeButton, host, label, launcher, log, menu, moreButton, narrow, panel, refocus, state, stateButton, stateText } from "./view.js";
import { again, connect } from "./wire.js";

export const open = (focus = true) => {
  if (chat.open) return;
  if (unproved()) forget(); // nothing of it is on the page yet
  chat.open = true;
  panel.hidden = false;
  host.classList.add("open");
  for (const node of log.querySelectorAll(".news")) node.classList.remove("news");
  readAll();
  label();
  keep();
  connect();
  if (chat.started) toEnd();
  else log.scrollTop = 0;
  if (focus) refocus();
  emit("open");
};

export const close = () => {
  if (!chat.open) return;
  const inside = active();
  chat.open = false;
  closeSheet(false);
  showMenu(false);
  panel.hidden = true;
  host.classList.remove("open");
  label();
  keep();
  if (inside) launcher.focus();
  emit("close");
};

launcher.onclick = () => (chat.open ? close() : open());
closeButton.onclick = close;
stateButton.onclick = again;

on("connection", ({ text, again: more }) => {
  state.classList.toggle("aside", !text); // not hidden: only what is there already is heard when its words change
  stateText.textContent = text;
  stateButton.hidden = !more;
});

/** Escape takes away what lies on top: the menu, the form, the chat. */
const escape = () => {
  if (!menu.hidden) {
    showMenu(false);
    moreButton.focus();
  } else if (!closeSheet()) close();
};

/** Where the panel covers the page, the focus goes round inside it, so that it stays where it can be seen. */
const round = (event) => {
  const all = [...panel.querySelectorAll("button, a[href], input, textarea, .log")]
    .filter((node) => node.tabIndex >= 0 && !node.disabled && node.getClientRects().length);
  const edge = event.shiftKey ? all[0] : all.at(-1);
  if (active() !== edge) return;
  event.preventDefault();
  (event.shiftKey ? all.at(-1) : all[0]).focus();
};

box.onkeydown = (event) => {
  if (!chat.open) return;
  if (event.key === "Escape" && !event.isComposing) {
    event.stopPropagation();
    escape();
  } else if (event.key === "Tab" && narrow.matches) round(event);
};

box.onclick = (event) => {
  if (!menu.hidden && !event.composedPath().some((node) => node === menu || node === moreButton)) showMenu(false);
};
