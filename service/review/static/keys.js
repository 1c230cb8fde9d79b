/* The keyboard of the dashboard. The script knows no page: elements say by attributes which keys they answer to, and
   each of them can be reached without it, by Tab and by pointer.

   data-row          (or data-article) an entry that j, k and the digits choose; Enter follows the [data-open] inside, x its box
   data-key="u"      pressed by the key: a choice is made, a field gets the focus, a button or link is clicked;
                     first in the entry that is chosen, then outside of entries, and with no entry chosen in all of them
   data-go="q"       a link that g and then the key follow
   data-submit       the form that Enter sends; once
   data-keys         the dialog that ? opens; on <body data-keys="off"> no key does anything

   Keys are letters of the Latin keyboard; under another layout the same place of the keyboard counts. */

"use strict";

(() => {
  const GO_MS = 1500;
  const ROW = "[data-row], [data-article]";
  const body = document.body;
  let wentAt = -Infinity;

  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const isShown = (element) => element.getClientRects().length > 0;
  const rows = () => all(ROW).filter(isShown);
  const chosenRow = () => document.activeElement?.closest(ROW) ?? null;

  /* "u" for the key of u, under a Russian layout too; signs and digits as they are typed. */
  function nameKey(event) {
    const latin = /^Key([A-Z])$/.exec(event.code);
    if (event.key.length === 1 && event.key.charCodeAt(0) < 128) return event.key.toLowerCase();
    return latin ? latin[1].toLowerCase() : event.key;
  }

  function isTyping(target) {
    if (!(target instanceof Element)) return false;
    if (target.closest("textarea, select, [contenteditable]")) return true;
    return target.matches("input:not([type=radio], [type=checkbox], [type=submit], [type=button])");
  }

  /* --- entries */

  function choose(row) {
    if (!row) return;
    if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    for (const lit of all(".lit")) lit.classList.remove("lit");
    const marks = (row.dataset.marks ?? "").split(" ").filter(Boolean).map((id) => document.getElementById(id));
    const found = marks.filter(Boolean).map((mark) => mark.closest(".mark") ?? mark);
    for (const mark of found) mark.classList.add("lit");
    // Beside each other, the text follows; one under the other, the entry must stay in sight.
    if (found[0] && found[0].getBoundingClientRect().right <= row.getBoundingClientRect().left) {
      found[0].scrollIntoView({ block: "center" });
    }
  }

  function step(by) {
    const known = rows();
    const at = known.indexOf(chosenRow());
    if (at < 0) choose(by > 0 ? known[0] : known.at(-1));
    else choose(known[Math.min(Math.max(at + by, 0), known.length - 1)]);
  }

  /* --- what a key does */

  function use(element) {
    const folded = element.closest("details:not([open])");
    if (folded && !element.matches("summary")) folded.open = true;
    if (element.matches("input[type=radio], input[type=checkbox]")) {
      if (element.type === "checkbox" || !element.checked) element.click();
    } else if (element.matches("textarea, select, input")) {
      element.focus();
    } else {
      element.click();
    }
  }

  function press(key) {
    const answering = all(`[data-key="${CSS.escape(key)}"]`).filter((element) => !element.disabled);
    const row = chosenRow();
    const inRow = row ? answering.filter((element) => row.contains(element)) : [];
    const box = key === "x" && row?.querySelector("input[type=checkbox]");
    if (box) inRow.push(box);
    const outside = answering.filter((element) => !element.closest(ROW));
    const used = inRow.length ? inRow : outside.length ? outside.slice(0, 1) : row ? [] : answering;
    used.forEach(use);
    if (used.length && used[0].matches("input")) say(used);
    return used.length > 0;
  }

  function words(element) {
    if (!element) return "";
    const copy = element.cloneNode(true);
    for (const key of all("kbd", copy)) key.remove();
    return copy.textContent.trim();
  }

  /* Told to those who do not see the choice being made. */
  function say(used) {
    const place = document.getElementById("said");
    if (!place) return;
    const choice = words(used[0].closest("label"));
    const heading = used.length === 1 ? words(used[0].closest(ROW)?.querySelector("h4")) : "";
    const about = used.length > 1 ? (place.dataset.all ?? "").replace("#", String(used.length)) : heading;
    place.textContent = about ? `${about}: ${choice}` : choice;
  }

  function send() {
    const form = document.querySelector("form[data-submit]");
    if (!form || !isShown(form)) return false;
    form.requestSubmit(form.querySelector("button[data-submits]") ?? undefined);
    return true;
  }

  function enter(event) {
    const focused = document.activeElement;
    if (focused && focused.matches("a, button, summary, input[type=checkbox], input[type=submit]")) return false;
    const link = chosenRow()?.querySelector("[data-open]");
    if (link) {
      link.click();
      return true;
    }
    return focused === body || !focused || focused.matches(`main, ${ROW}, input[type=radio]`) ? send(event) : false;
  }

  function showMap() {
    const map = document.querySelector("dialog[data-map]");
    if (!map) return false;
    if (map.open) map.close();
    else map.showModal();
    return true;
  }

  function answer(key, event) {
    if (event.timeStamp - wentAt < GO_MS) {
      wentAt = -Infinity;
      const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
      if (link) link.click();
      return Boolean(link);
    }
    if (key === "?") return showMap();
    if (key === "g") {
      wentAt = event.timeStamp;
      return true;
    }
    if (key === "j" || key === "k") {
      step(key === "j" ? 1 : -1);
      return true;
    }
    if (/^[1-9]$/.test(key) && rows().length >= Number(key)) {
      choose(rows()[Number(key) - 1]);
      return true;
    }
    return press(key);
  }

  function onKey(event) {
    if (body.dataset.keys === "off" || event.defaultPrevented || event.isComposing) return;
    if (event.repeat && !/^[jk]$/.test(event.key)) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form?.dataset.submit !== undefined) {
        event.preventDefault();
        send();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) {
      if (event.key === "?") event.preventDefault(), showMap();
      return;
    }
    if (event.key === "Escape" && chosenRow()) {
      document.activeElement.blur();
      for (const lit of all(".lit")) lit.classList.remove("lit");
      return;
    }
    const done = event.key === "Enter" ? enter(event) : event.key.length === 1 && answer(nameKey(event), event);
    if (done) event.preventDefault();
  }

  /* A second press while the first is under way must not decide on the next article unread. */
  function onSubmit(event) {
    const form = event.target;
    if (form.dataset.submit === undefined) return;
    if (form.dataset.sent === "yes") event.preventDefault();
    form.dataset.sent = "yes";
  }

  /* An open menu closes on Escape, and when something else is pressed. */
  function closeMenus(event) {
    for (const menu of all("details.menu[open]")) {
      if (event.type === "keydown" ? event.key !== "Escape" : menu.contains(event.target)) continue;
      menu.open = false;
      if (event.type === "keydown" && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    }
  }

  function onShown() {
    for (const form of all("form[data-sent]")) delete form.dataset.sent; // come back to with the Back button
  }

  document.addEventListener("keydown", closeMenus);
  document.addEventListener("pointerdown", closeMenus);
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", onSubmit);
  window.addEventListener("pageshow", onShown);
  for (const opener of all("[data-opens-map]")) {
    opener.addEventListener("click", (event) => showMap() && event.preventDefault());
  }
  body.dataset.ready = "yes";
})();
