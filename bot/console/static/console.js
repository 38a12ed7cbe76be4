// The console's page, made quicker. Everything here also works without it, one page load at a time.
import { bindComposer } from "./composer.js";
import { bindKeys } from "./keys.js";
import { follow } from "./live.js";
import { bindPage, onSwap } from "./page.js";

onSwap(bindComposer);
bindKeys();
bindPage();
bindComposer();
if (document.querySelector(".panes")) follow();
for (const form of document.querySelectorAll('form[action="/console/sign-out"]')) {
  form.addEventListener("submit", () => sessionStorage.clear());
}
