/* The claim on an article that is open. data-renew: where to ask; inside it data-free, data-held and data-lost say whose it is.

   Whoever only reads takes nothing: the first choice in the form of the decision does. Then the claim is renewed every
   few minutes while the page is looked at and somebody is at work; who has left keeps nobody off. */

"use strict";

(() => {
  const EVERY_MS = 4 * 60 * 1000;
  const AT_WORK_MS = 12 * 60 * 1000;
  const place = document.querySelector("[data-renew]");
  if (!place) return;
  const part = (name) => place.querySelector(`[data-${name}]`);
  let isHeld = !part("held").hidden;
  let isLost = false;
  let touchedAt = Date.now();

  async function ask() {
    try {
      const answer = await fetch(place.dataset.renew, { method: "POST", redirect: "error" });
      isHeld = answer.status === 204;
      isLost = answer.status === 409;
    } catch {
      // The server cannot be reached: the next time will tell; until then the claim lasts.
      return;
    }
    part("free").hidden = part("free").querySelector("button").disabled = isHeld || isLost;
    part("held").hidden = !isHeld;
    part("lost").hidden = !isLost;
  }

  function renew() {
    if (isHeld && document.visibilityState === "visible" && Date.now() - touchedAt <= AT_WORK_MS) ask();
  }

  function begin(event) {
    if (isHeld || isLost || event.target.form?.id !== "decision") return;
    isHeld = true; // asked once; the answer says whether it is true
    ask();
  }

  setInterval(renew, EVERY_MS);
  document.addEventListener("visibilitychange", renew);
  document.addEventListener("input", begin);
  for (const name of ["keydown", "pointermove", "scroll"]) {
    document.addEventListener(name, () => { touchedAt = Date.now(); }, { passive: true, capture: true });
  }
})();
