// Sending files: what is refused before it is sent and how to mend it, and the sending itself with its progress.

import { SCRIPT } from "./given.js";
import { size } from "./said.js";
import { chat } from "./state.js";
import { t } from "./words.js";

const fileUrl = new URL("file", SCRIPT.src).href;

/** Why this file can't be sent, and the mend; "" where it can. */
export const problem = (file) => {
  if (!file.size) return t("file_empty", { name: file.name });
  if (file.size > chat.maxFile) return t("file_big", { name: file.name, size: size(file.size), most: size(chat.maxFile) });
  return "";
};

const words = (request) => {
  try {
    const said = JSON.parse(request.responseText);
    return String(said.text || said.error || "");
  } catch {
    return (request.getResponseHeader("content-type") || "").startsWith("text/plain") ? request.responseText.trim().slice(0, 300) : "";
  }
};

/** Send a file; `progress` is told the share that went out. Returns what stops it. The desk knows a second try by its id. */
export const upload = (item, { progress, done, failed }) => {
  const form = new FormData();
  form.append("id", item.id);
  form.append("file", item.file, item.file.name || t("file"));
  // fetch() tells no progress of what it sends.
  const request = new XMLHttpRequest();
  request.open("POST", fileUrl);
  request.setRequestHeader("X-Chat-Session", chat.session);
  request.upload.onprogress = (event) => { if (event.lengthComputable) progress(event.loaded / event.total); };
  request.onload = () => {
    if (request.status < 300) done();
    else failed(words(request) || t("file_refused", { name: item.file.name }), request.status >= 500 || [400, 408, 429].includes(request.status));
  };
  request.onerror = () => failed(t("file_lost", { name: item.file.name }), true);
  request.send(form);
  return () => request.abort();
};
