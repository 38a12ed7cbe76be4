// The keyboard, for all that the pointer can do. The sheet (?) lists the keys.
import { letIn } from "./live.js";

const one = (selector) => document.querySelector(selector);

function step(by) {
  const links = [...document.querySelectorAll(".row > a")];
  if (!links.length) return;
  const focused = links.indexOf(document.activeElement);
  const at = focused >= 0 ? focused : links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1);
  links[next].focus();
}

function write(mode) {
  const choice = one(`[data-mode][value="${mode}"]`);
  if (!choice) return;
  choice.checked = true;
  choice.dispatchEvent(new Event("input", { bubbles: true }));
  one(".talk")?.classList.remove("facts-open");
  one("[data-text]").focus();
}

function assign() {
  const choice = one("[data-assign]");
  if (!choice) return;
  if (!choice.checkVisibility()) one(".talk").classList.add("facts-open");
  choice.focus();
}

function back() {
  const link = one("[data-back]");
  if (link?.checkVisibility()) link.click();
  else (one(".row > a[aria-current]") ?? one(".row > a"))?.focus();
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  u: back,
  r: () => write("reply"),
  n: () => write("note"),
  a: assign,
  e: () => one("[data-close]")?.click(),
  ".": letIn,
  "/": () => one("#search").focus(),
  "?": () => one("#keys").showModal(),
};

/** Listen for keys wherever nobody is writing. */
export function bindKeys() {
  const button = one("[data-keys]");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", KEYS["?"]);
  }
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest("input, textarea, select, dialog[open]");
    if (event.key === "Escape" && event.target.matches("textarea, #search")) event.target.blur();
    if (writing || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
}
