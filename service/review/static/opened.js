/* Keeps the claim on an article that is open. data-renew: where to ask; data-lost: what is shown where it is lost.

   Asked for every few minutes while the page is looked at and somebody is at work; who has left keeps nobody off. */

"use strict";

(() => {
  const EVERY_MS = 4 * 60 * 1000;
  const AT_WORK_MS = 12 * 60 * 1000;
  const place = document.querySelector("[data-renew]");
  let touchedAt = Date.now();

  async function renew() {
    if (document.visibilityState !== "visible" || Date.now() - touchedAt > AT_WORK_MS) return;
    try {
      const answer = await fetch(place.dataset.renew, { method: "POST", redirect: "error" });
      if (answer.status === 409) {
        document.querySelector("[data-lost]").hidden = false;
        clearInterval(timer);
      }
    } catch {
      // The server cannot be reached: the next time will tell; until then the claim lasts.
    }
  }

  if (!place) return;
  const timer = setInterval(renew, EVERY_MS);
  document.addEventListener("visibilitychange", renew);
  for (const name of ["keydown", "pointermove", "scroll"]) {
    document.addEventListener(name, () => { touchedAt = Date.now(); }, { passive: true, capture: true });
  }
})();
