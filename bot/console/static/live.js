// Keeps an open page true. The desk only says that something changed; the page then reads itself once more and takes
// over what is new. Rows never move under the pointer: new ones wait until they are let in.
import { announce, fetchPage, markCurrent } from "./page.js";

let waiting = null;
let timer = 0;
let reading = false;
let again = false;

/** Keep the page true. One of all open tabs holds the stream and tells the others: a browser has few connections. */
export function follow() {
  const tabs = new BroadcastChannel("desk");
  tabs.addEventListener("message", (event) => hear(event.data));
  const tell = (word) => {
    tabs.postMessage(word);
    hear(word);
  };
  if (navigator.locks) navigator.locks.request("desk-stream", () => new Promise(() => listen(tell)));
  else listen(tell);
  document.addEventListener("desk:changed", soon);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) soon();
  });
  document.querySelector("[data-show-news]").addEventListener("click", letIn);
  // What changed between the making of this page and our listening was told to nobody here.
  soon();
}

function hear(word) {
  if (word === "changed") soon();
  else if (word === "presence") document.dispatchEvent(new Event("desk:presence"));
  else location.assign(`/console/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

function listen(tell) {
  const stream = new EventSource("/console/events");
  stream.addEventListener("changed", () => tell("changed"));
  stream.addEventListener("presence", () => tell("presence"));
  // Also the first time: until now nobody told what changed.
  stream.addEventListener("ready", () => tell("changed"));
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => listen(tell), 10000);
  });
  stream.addEventListener("ended", () => {
    stream.close();
    tell("ended");
  });
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(read, document.hidden ? 3000 : 250);
}

async function read() {
  if (reading) {
    again = true;
    return;
  }
  reading = true;
  try {
    const { response, page } = await fetchPage(location.href, { headers: { "X-Desk-Live": "1" } });
    if (response.ok) {
      takeCounts(page);
      takeRows(page);
      takeTalk(page);
    }
  } catch {
    // The stream comes back by itself and then asks for another look.
  } finally {
    reading = false;
    if (again) {
      again = false;
      soon();
    }
  }
}

function takeCounts(page) {
  const mine = document.querySelectorAll("[data-live=views] .count");
  const fresh = page.querySelectorAll("[data-live=views] .count");
  if (mine.length !== fresh.length) return;
  mine.forEach((count, index) => {
    count.textContent = fresh[index].textContent;
    count.className = fresh[index].className;
  });
}

function takeRows(page) {
  const list = document.querySelector("[data-live=rows]");
  const fresh = page.querySelector("[data-live=rows]");
  if (!list || !fresh) return;
  const known = new Map([...list.querySelectorAll(".row")].map((row) => [row.dataset.id, row]));
  let news = 0;
  for (const row of fresh.querySelectorAll(".row")) {
    const mine = known.get(row.dataset.id);
    if (!mine) news += 1;
    else if (mine.dataset.version !== row.dataset.version || mine.className !== row.className) refresh(mine, row);
  }
  if (!known.size && news) {
    list.replaceWith(document.adoptNode(fresh));
    return;
  }
  waiting = news ? fresh : null;
  const bar = document.querySelector("[data-news]");
  const text = `${news} new: show ${news === 1 ? "it" : "them"}`;
  if (news && bar.firstElementChild.textContent !== text) announce(text);
  bar.firstElementChild.textContent = text;
  bar.hidden = !news;
}

function refresh(mine, fresh) {
  const focused = mine.contains(document.activeElement);
  mine.className = fresh.className;
  mine.dataset.version = fresh.dataset.version;
  mine.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  markCurrent();
  if (focused) mine.querySelector("a").focus();
}

/** Let the new rows in, by click or key. */
export function letIn() {
  if (!waiting) return;
  const list = document.querySelector("[data-live=rows]");
  const known = new Set([...list.querySelectorAll(".row")].map((row) => row.dataset.id));
  const fresh = document.adoptNode(waiting);
  for (const row of fresh.querySelectorAll(".row")) if (!known.has(row.dataset.id)) row.classList.add("new");
  list.replaceWith(fresh);
  waiting = null;
  document.querySelector("[data-news]").hidden = true;
  markCurrent();
  fresh.querySelector(".row.new > a")?.focus();
}

function takeTalk(page) {
  const mine = document.querySelector("[data-conversation]");
  const fresh = page.querySelector("[data-conversation]");
  const quiet = document.querySelector("#main > .nothing");
  if (quiet && page.querySelector("#main > .nothing")) quiet.replaceWith(page.querySelector("#main > .nothing"));
  if (!mine || !fresh || mine.dataset.conversation !== fresh.dataset.conversation) return;
  takeLines(mine.querySelector("[data-lines]"), fresh.querySelector("[data-lines]"));
  for (const part of ["[data-standing]", ".talk-actions", ".facts"]) takePart(mine, fresh, part);
  mine.dataset.version = fresh.dataset.version;
  seeLater(fresh.querySelector("[data-seen]")?.value);
}

function takeLines(mine, fresh) {
  const scroll = mine.closest("[data-scroll]");
  const atEnd = Math.abs(scroll.scrollTop) < 40;
  for (const node of fresh.children) {
    const had = node.id ? document.getElementById(node.id) : null;
    if (had && had.outerHTML === node.outerHTML) continue;
    if (had && !had.contains(document.activeElement)) had.replaceWith(document.importNode(node, true));
    else if (!had && node.id) {
      const line = document.importNode(node, true);
      line.classList.add("arrived");
      mine.append(line);
      if (node.dataset.line) announce(line.getAttribute("aria-label"));
    }
  }
  if (atEnd) scroll.scrollTop = 0;
}

function takePart(mine, fresh, part) {
  const had = mine.querySelector(part);
  const now = fresh.querySelector(part);
  if (!had || !now || had.contains(document.activeElement) || had.innerHTML === now.innerHTML) return;
  const open = [...had.querySelectorAll("details")].map((each) => each.open);
  const next = document.importNode(now, true);
  [...next.querySelectorAll("details")].forEach((each, index) => {
    if (open[index]) each.open = true;
  });
  had.replaceWith(next);
}

/** A new line counts as seen once it has been in front of the reader for a moment, not when it arrived. */
function seeLater(seq) {
  const field = document.querySelector("[data-seen]");
  if (!seq || !field || field.value === seq) return;
  setTimeout(() => {
    if (!document.hidden && field.isConnected && Number(field.value) < Number(seq)) {
      field.value = seq;
      document.dispatchEvent(new Event("desk:seen"));
    }
  }, 3000);
}
