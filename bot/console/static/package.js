// An item's page: words selected in the original come into the form, and the keyboard walks the marks.
const original = document.querySelector("[data-original]");
const form = document.querySelector("[data-mark]");

/** How many characters (code points, as the server counts) stand before a place in the original. */
function placeOf(node, offset) {
  const range = document.createRange();
  range.setStart(original, 0);
  range.setEnd(node, offset);
  return [...range.toString()].length;
}

function take() {
  const selection = document.getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  if (!original.contains(range.startContainer) || !original.contains(range.endContainer)) return;
  form.elements.words.value = range.toString();
  form.elements.start.value = placeOf(range.startContainer, range.startOffset);
  form.elements.end.value = placeOf(range.endContainer, range.endOffset);
}

function typed() {
  form.elements.start.value = form.elements.end.value = "";
}

function step(by) {
  const rows = [...document.querySelectorAll("[data-proposal]")];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = at < 0 ? Math.max(rows.findIndex((row) => row.id === "open"), 0) : at + by;
  rows[Math.min(Math.max(next, 0), rows.length - 1)].focus();
}

const press = (which) => document.activeElement?.closest("[data-proposal]")?.querySelector(which)?.click();
const KEYS = { j: () => step(1), k: () => step(-1), o: () => press("[data-out]"), i: () => press("[data-in]") };

if (form && original) {
  document.querySelector("[data-mark-hint]").hidden = false;
  document.addEventListener("selectionchange", take);
  form.elements.words.addEventListener("input", typed);
}
const hint = document.querySelector("[data-keys-hint]");
if (hint) hint.hidden = false;
document.addEventListener("keydown", (event) => {
  const writes = event.target.closest?.("input, textarea, select");
  if (writes || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key]();
});
if (location.hash === "#open") document.querySelector("#open")?.focus();
