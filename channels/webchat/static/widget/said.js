// What a line says, as elements: paragraphs with links, quotations set apart, files, who said it and when.

import { aside, el, icon, link, safe } from "./dom.js";
import { t, tongue } from "./words.js";

export const paragraph = (text) => {
  const bits = text.split(/(https?:\/\/[^\s<>"”]*[^\s<>"”.,;:!?)\]])/);
  return el("p", { dir: "auto" }, ...bits.map((bit, nth) => (nth % 2 ? link(bit, el("bdi", { dir: "ltr" }, bit), aside(t("new_tab"))) : bit)));
};

/** Cut the quotations out of the text, each where it stands, with the names and links that are shown with it. */
export const cut = (text, citations) => {
  let parts = [text];
  for (const cite of citations) {
    const at = cite.text ? parts.findIndex((part) => typeof part === "string" && part.includes(cite.text)) : -1;
    if (at < 0) {
      parts.push(cite);
      continue;
    }
    const [before, ...after] = parts[at].split(cite.text);
    parts.splice(at, 1, before.replace(/["“‘>\s]+$/, ""), cite, after.join(cite.text).replace(/^["”’\s]+/, ""));
  }
  // The longest first: the address of clause 3 is the beginning of that of 3.2.
  const named = citations.flatMap((cite) => [cite.label, safe(cite.url), cite.url]).filter(Boolean).map(String);
  for (const gone of named.sort((one, two) => two.length - one.length)) {
    parts = parts.map((part) => (typeof part === "string" ? part.replaceAll(gone, "") : part));
  }
  return parts.map((part) => (typeof part === "string" ? part.replace(/^[\s().,;:–—-]+$/gm, "").trim() : part)).filter(Boolean);
};

export const quotation = (cite) => el("figure", {}, cite.text && el("blockquote", { dir: "auto" }, `“${cite.text}”`),
  el("figcaption", { dir: "auto" }, link(cite.url, cite.label || t("clause", { id: cite.id }), safe(cite.url) && icon("out"), safe(cite.url) && aside(t("new_tab")))));

/** The text without the numbered list that its buttons show. */
export const withoutChoices = (text, choices) => text.split("\n").filter((row) => {
  const [, rest] = row.match(/^\s*\d+[.):]?\s+(.*?)\s*$/) || [];
  return rest === undefined || !choices.includes(rest);
}).join("\n");

/** Bytes in words that no line breaks: "340 kB", "2.5 MB". */
export const size = (bytes) => {
  const big = bytes >= 999500;
  const number = bytes / (big ? 1e6 : 1e3);
  return new Intl.NumberFormat(tongue.locale, { maximumFractionDigits: big ? 1 : 0 }).format(big ? number : Math.ceil(number)) + (big ? "\u00a0MB" : "\u00a0kB");
};

export const fileCard = (file) => {
  const name = String(file.name || t("file"));
  const small = Number(file.size) > 0 && el("small", {}, el("bdi", {}, size(Number(file.size))));
  const words = el("span", {}, el("bdi", {}, name), small && " ", small);
  const card = link(file.url, icon("file"), words, safe(file.url) && aside(t("new_tab")));
  card.className = "file";
  return card;
};

export const when = (at) => {
  const date = new Date(at);
  if (isNaN(date)) return "";
  const text = date.toLocaleTimeString(tongue.locale, { hour: "2-digit", minute: "2-digit" });
  return el("time", { dateTime: date.toISOString(), title: date.toLocaleString(tongue.locale) }, text);
};

export const dayOf = (at) => {
  const date = new Date(at);
  return isNaN(date) ? "" : date.toLocaleDateString(tongue.locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
};

/** Somebody's picture where the page's rules let it be shown, else the first letters of their name. */
export const face = (staff) => {
  const letters = String(staff.name || "").trim().split(/\s+/).map((part) => [...part][0] || "");
  const node = el("span", { className: "face", "aria-hidden": "true" }, (letters[0] || "") + (letters.length > 1 ? letters.at(-1) : "") || icon("person"));
  const src = staff.picture && safe(staff.picture);
  if (src) {
    const picture = el("img", { src, alt: "", width: 32, height: 32 });
    picture.onload = () => node.replaceChildren(picture);
  }
  return node;
};
