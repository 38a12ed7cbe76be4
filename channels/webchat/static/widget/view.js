// The widget's elements, its place on the page, its colours and its size.

import { CSS, SCRIPT } from "./given.js";
import { button, el, icon } from "./dom.js";
import { on } from "./events.js";
import { shades } from "./colour.js";
import { chat } from "./state.js";
import { t, tongue } from "./words.js";

export const host = el("div", { id: "privacy-desk" });
export const narrow = matchMedia("(max-width: 479px), (max-height: 419px)");
const darkness = matchMedia("(prefers-color-scheme: dark)");

export const faceHere = el("span", { className: "who", hidden: true });
export const title = el("h2", { id: "title" });
export const subtitle = el("p", { id: "subtitle" });
export const moreButton = button("more", null, icon("more"));
export const closeButton = button("", null, icon("close"));
export const emailChoice = button("", null, icon("mail"), el("span"));
export const saveChoice = button("", null, icon("save"), el("span"));
export const menu = el("div", { className: "menu", id: "menu", hidden: true }, emailChoice, saveChoice);

export const stateText = el("span", { role: "status" });
export const stateButton = button("", null);
stateButton.hidden = true;
export const state = el("div", { className: "state aside" }, stateText, stateButton);
export const awayText = el("span", { role: "status" });
export const awayButton = button("", null);
export const away = el("div", { className: "state calm aside" }, awayText, awayButton);

export const log = el("div", { className: "log", role: "log", "aria-live": "polite", tabIndex: 0 });
export const busyText = el("span");
export const busy = el("div", { className: "busy", hidden: true }, busyText, el("i"), el("i"), el("i"));
export const drop = el("div", { className: "drop", hidden: true, "aria-hidden": "true" }, icon("clip"), el("p"));

export const input = el("textarea", { id: "text", rows: 1, dir: "auto", enterKeyHint: "send", "aria-describedby": "over" });
export const over = el("p", { className: "over aside", id: "over", role: "status" });
export const picker = el("input", { type: "file", id: "files", multiple: true, className: "aside", tabIndex: -1, "aria-hidden": "true" });
export const clip = button("clip", null, icon("clip"));
const inputLabel = el("label", { htmlFor: "text", className: "aside" });
const sendButton = el("button", { type: "submit", className: "send" }, icon("send"));
export const form = el("form", {}, picker, clip, inputLabel, input, sendButton);
export const person = button("person", null, icon("person"), el("span"));
export const hours = el("small", { className: "hours", hidden: true });

export const sheet = el("div", { className: "sheet", hidden: true });
export const panel = el("section", { className: "panel", role: "dialog", "aria-labelledby": "title", hidden: true },
  el("header", {}, faceHere, el("div", {}, title, subtitle), moreButton, closeButton, menu),
  state, away, log, sheet, el("footer", {}, form, over, el("div", { className: "below" }, person, hours)), drop);

export const count = el("span", { className: "count", hidden: true });
const launcherIcon = el("span", {}, icon("chat"));
export const launcher = el("button", { type: "button", className: "launcher", "aria-expanded": "false", "aria-haspopup": "dialog" }, launcherIcon, count);
export const box = el("div", { className: "box" }, panel, launcher);

/** What the launcher is called and shows. */
export const label = () => {
  const news = log.querySelectorAll(".news").length;
  const changed = count.textContent !== String(news || "");
  count.hidden = !news;
  count.textContent = news || "";
  launcher.setAttribute("aria-label", t(chat.open ? "close_launcher" : "open_launcher") + (news ? ", " + t("new_count", { count: news }) : ""));
  launcher.setAttribute("aria-expanded", String(chat.open));
  launcherIcon.replaceChildren(icon(chat.open ? "down" : "chat"));
  return changed ? news : -1;
};

/** What has the keyboard's focus inside the widget. */
export const active = () => host.shadowRoot.activeElement;

const coarse = matchMedia("(pointer: coarse)");

/** Where the focus goes when what had it is taken away; on a touch screen the box would call the keyboard up. */
export const refocus = () => (coarse.matches ? log : input).focus({ preventScroll: true });

const named = (node, words) => {
  node.setAttribute("aria-label", words);
  node.title = words;
};

/** Put every fixed word in its place, in the language that is known now. */
export const write = () => {
  box.lang = tongue.language;
  if (tongue.direction) box.dir = host.dir = tongue.direction;
  title.textContent = chat.name ? t("title_of", { name: chat.name }) : t("title");
  named(moreButton, t("more"));
  named(closeButton, t("close"));
  named(clip, t("attach"));
  named(sendButton, t("send"));
  emailChoice.lastChild.textContent = awayButton.textContent = t("email_me");
  saveChoice.lastChild.textContent = t("save");
  stateButton.textContent = t("open_again");
  log.setAttribute("aria-label", t("conversation"));
  inputLabel.textContent = t("your_message");
  input.placeholder = t("placeholder");
  person.lastChild.textContent = t("person");
  drop.lastChild.textContent = t("drop");
  label();
};
on("language", write);

const dark = () => (SCRIPT.dataset.theme === "dark" || (SCRIPT.dataset.theme !== "light" && darkness.matches));
const accent = new CSSStyleSheet();

const paint = () => {
  host.classList.toggle("dark", dark());
  const own = shades(SCRIPT.dataset.accent || "", dark());
  const lines = Object.entries(own || {}).map(([name, value]) => `--${name}: ${value};`);
  accent.replaceSync(lines.length ? `:host, :host(.dark) { ${lines.join(" ")} }` : "");
};

/** On a phone the panel is as high as what the keyboard leaves. */
const fit = () => {
  const sight = window.visualViewport;
  const squeezed = narrow.matches && sight && sight.scale === 1 && sight.height < innerHeight - 1;
  panel.style.setProperty("--top", squeezed ? `${sight.offsetTop}px` : "");
  panel.style.setProperty("--high", squeezed ? `${sight.height}px` : "");
  panel.setAttribute("aria-modal", String(narrow.matches));
};

/** Put the widget on the page. `signal` takes its listeners away again. */
export const mount = (signal) => {
  const look = new CSSStyleSheet();
  look.replaceSync(CSS);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [look, accent];
  root.append(box);
  paint();
  fit();
  document.body.append(host);
  darkness.addEventListener("change", paint, { signal });
  narrow.addEventListener("change", fit, { signal });
  for (const what of ["resize", "scroll"]) window.visualViewport?.addEventListener(what, fit, { signal });
};
