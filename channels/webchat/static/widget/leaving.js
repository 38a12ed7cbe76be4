// Leaving: the answer by email, and the conversation as a file.

import { button, el, safe } from "./dom.js";
import { on } from "./events.js";
import { remark } from "./lines.js";
import { chat, newId } from "./state.js";
import { awayButton, emailChoice, input, menu, moreButton, saveChoice, sheet } from "./view.js";
import { connect, handle, send } from "./wire.js";
import { t } from "./words.js";

/** Show or hide the menu of the header. */
export const showMenu = (shown) => {
  menu.hidden = !shown;
  moreButton.setAttribute("aria-expanded", String(shown));
  if (shown) menu.querySelector("button:not([hidden])")?.focus();
};

/** The menu holds only what this desk can do, and only once there is a conversation. */
export const offer = () => {
  moreButton.hidden = !chat.more || !(chat.started || chat.seen);
  if (moreButton.hidden) showMenu(false);
};

moreButton.setAttribute("aria-controls", "menu");
moreButton.setAttribute("aria-expanded", "false");
moreButton.onclick = () => showMenu(menu.hidden);

// The conversation as a file

let saving = false;
saveChoice.onclick = () => {
  showMenu(false);
  moreButton.focus();
  saving = send({ type: "transcript" });
  if (!saving) remark(t("not_now"));
};

handle("transcript", (frame) => {
  if (!saving || typeof frame.url !== "string") return;
  saving = false;
  const href = safe(frame.url);
  el("a", { href, download: "", target: "_blank", rel: "noopener" }).click();
  remark(t("saved"));
});

// The answer by email

let asked = "";
const address = el("input", { type: "email", id: "email", autocomplete: "email", required: true, maxLength: 254, dir: "ltr", "aria-describedby": "email-note email-fault" });
const fault = el("p", { className: "over", id: "email-fault", role: "alert", hidden: true });

export const closeSheet = (focus = true) => {
  if (sheet.hidden) return false;
  sheet.hidden = true;
  sheet.replaceChildren();
  if (focus) input.focus();
  return true;
};

const complain = (text) => {
  fault.textContent = text;
  fault.hidden = !text;
  address.setAttribute("aria-invalid", String(Boolean(text)));
  if (text) address.focus();
};

const openSheet = () => {
  showMenu(false);
  complain("");
  const form = el("form", { noValidate: true, "aria-labelledby": "email-title" },
    el("h3", { id: "email-title" }, t("email_me")),
    el("p", { id: "email-note" }, t("email_note")),
    el("label", { htmlFor: "email" }, t("email_label")), address, fault,
    el("div", { className: "row" }, el("button", { type: "submit", className: "main" }, t("email_send")), button("", () => closeSheet(), t("cancel"))));
  form.onsubmit = (event) => {
    event.preventDefault();
    const email = address.value.trim();
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
      complain(t("email_bad"));
      return;
    }
    asked = newId();
    if (!send({ type: "leave_email", email, id: asked })) {
      complain(t("not_now"));
      connect();
    }
  };
  sheet.replaceChildren(form);
  sheet.hidden = false;
  address.focus();
};
emailChoice.onclick = awayButton.onclick = openSheet;

/** The desk took the address. */
export const emailTaken = (id) => {
  if (!asked || id !== asked) return false;
  asked = "";
  const email = address.value.trim();
  address.value = "";
  closeSheet();
  remark(t("email_taken", { email }));
  return true;
};

on("lost", () => { if (asked) complain(t("not_now")); });
on("refused", (frame) => { if (frame.id === asked) complain(String(frame.text)); });
