// The console's page, made quicker. Everything here also works without it, one page load at a time.
import { bindComposer } from "./composer.js";
import { bindKeys } from "./keys.js";
import { follow } from "./live.js";
import { bindPage, onSwap } from "./page.js";
import { followPresence } from "./presence.js";

onSwap(bindComposer);
bindKeys();
bindPage();
bindComposer();
if (document.querySelector(".panes")) {
  follow();
  followPresence(onSwap);
}
for (const form of document.querySelectorAll('form[action="/console/sign-out"]')) {
  form.addEventListener("submit", () => sessionStorage.clear());
}
