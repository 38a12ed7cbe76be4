// Who answers now: the bot or a person, whether people are here, and what is told of it.

import { emit, on } from "./events.js";
import { face } from "./said.js";
import { remark, still, working } from "./lines.js";
import { chat } from "./state.js";
import { away, awayButton, awayText, faceHere, hours, subtitle } from "./view.js";
import { t } from "./words.js";
import { handle } from "./wire.js";

const FADES = 8; // seconds after the last word that somebody is writing

const head = () => {
  const human = chat.owner === "human";
  faceHere.hidden = !human;
  if (human) faceHere.replaceChildren(face(chat.staff || {}));
  subtitle.textContent = human ? t(chat.staff ? "answers_named" : "answers_person", { name: chat.staff?.name || "" }) : t("automatic");
  const gone = chat.more && !chat.online;
  hours.hidden = !gone || human;
  hours.textContent = chat.hours ? t("hours", { hours: chat.hours }) : t("nobody");
  awayButton.hidden = !chat.more || !human || Boolean(chat.staff && chat.online);
  away.classList.toggle("aside", awayButton.hidden);
  awayText.textContent = awayButton.hidden ? "" : t(gone ? (chat.hours ? "away_hours" : "away") : "waits", { hours: chat.hours });
};
on("language", head);

const somebody = (staff) => (staff && typeof staff === "object" && typeof staff.name === "string" && staff.name.trim() ? staff : null);

/** Take what a `ready` or `status` says of who answers. `told` where the visitor saw another state before. */
export const standing = (frame, told) => {
  const before = { owner: chat.owner, name: chat.staff?.name };
  if (frame.owner === "bot" || frame.owner === "human") chat.owner = frame.owner;
  if ("staff" in frame || chat.owner === "bot") chat.staff = chat.owner === "human" ? somebody(frame.staff) : null;
  if (typeof frame.online === "boolean") chat.online = frame.online;
  if (typeof frame.hours === "string") chat.hours = frame.hours;
  head();
  if (chat.owner === before.owner && chat.staff?.name === before.name) return;
  if (told && chat.owner === "bot") remark(t("bot_again"));
  if (told && chat.staff) remark(t("joined", { name: chat.staff.name }));
  emit("handover", { owner: chat.owner, name: chat.staff?.name || "" });
};

handle("status", (frame) => standing(frame, chat.started));

handle("typing", (frame) => {
  if (frame.on === false) still();
  else if (frame.from === "staff") working(t("writing", { name: chat.staff?.name || t("from_staff") }), FADES);
  else working(t("working"), 0);
});

/** A line of a person or the bot shows who answers, also where the desk sends no `status`. */
export const spoken = (frame) => {
  if (frame.from === "staff") standing({ owner: "human", staff: frame.staff || chat.staff }, false);
  if (frame.from === "bot" && !chat.more) standing({ owner: "bot" }, false);
};
