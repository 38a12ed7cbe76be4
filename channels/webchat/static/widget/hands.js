// The visitor's hands: writing, choosing and dropping files, asking for a person.

import { emit, on } from "./events.js";
import { problem } from "./files.js";
import { remark } from "./lines.js";
import { offer } from "./leaving.js";
import { chat } from "./state.js";
import { clip, drop, form, input, over, panel, person, picker } from "./view.js";
import { send } from "./wire.js";
import { english, t } from "./words.js";

const MAX_TEXT = 4000;
const MOST_FILES = 5; // at once
const TELL_TYPING = 3000;

const say = (what) => emit("say", what);

// Writing

const measure = () => {
  const excess = [...input.value].length - MAX_TEXT;
  over.classList.toggle("aside", excess <= 0);
  over.textContent = excess > 0 ? t("too_long", { count: excess }) : "";
  return excess <= 0;
};

let told = 0;
input.oninput = () => {
  measure();
  // Only a person waits for the next word, and nobody who has not begun is told of.
  if (chat.owner !== "human" || !chat.started || !input.value || Date.now() - told < TELL_TYPING) return;
  if (send({ type: "typing" })) told = Date.now();
};

form.onsubmit = (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text || !measure()) return;
  input.value = "";
  told = 0;
  say({ text });
};

input.onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
};

person.onclick = () => say({ text: english("person") });

// Files

export const canSendFiles = () => chat.maxFile > 0;

const give = (files) => {
  if (files.length > MOST_FILES) remark(t("file_many", { count: MOST_FILES }));
  for (const file of [...files].slice(0, MOST_FILES)) {
    const wrong = problem(file);
    if (wrong) remark(wrong);
    else say({ file });
  }
};

clip.onclick = () => picker.click();
picker.onchange = () => {
  give(picker.files);
  picker.value = "";
  input.focus();
};
input.onpaste = (event) => {
  const files = [...(event.clipboardData?.files || [])];
  if (!canSendFiles() || !files.length) return;
  event.preventDefault();
  give(files);
};

const carries = (event) => canSendFiles() && [...(event.dataTransfer?.types || [])].includes("Files");
panel.ondragover = panel.ondragenter = (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  drop.hidden = false;
};
panel.ondragleave = (event) => { if (!panel.contains(event.relatedTarget)) drop.hidden = true; };
panel.ondrop = (event) => {
  drop.hidden = true;
  if (!carries(event)) return;
  event.preventDefault();
  give([...event.dataTransfer.files]);
};

/** What the desk says that it takes. */
export const showClip = () => { clip.hidden = picker.disabled = !canSendFiles(); };
showClip();
on("began", offer);
on("adopted", offer);
