/* What was missed: the words selected in the article go into the form, with their place in code points.
   Without this script the words are copied by hand, and the server looks for them. */

"use strict";

(() => {
  const part = document.querySelector("[data-missed]");
  const text = document.getElementById("text");
  const form = document.getElementById("decision");
  if (!part || !text || !form) return;
  const field = (name) => form.elements.namedItem(`missed.${name}`);

  /* [start, end) in code points of the article: the text of #text is the article, letter for letter. */
  function selected() {
    const selection = document.getSelection();
    if (!selection || selection.rangeCount === 0 || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return null;
    const before = document.createRange();
    before.setStart(text, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const words = range.toString();
    const start = before.toString() + words.slice(0, words.length - words.trimStart().length);
    const count = (string) => [...string].length;
    return words.trim() ? { words: words.trim(), start: count(start), end: count(start) + count(words.trim()) } : null;
  }

  function take(event) {
    const found = selected();
    if (!found) return;
    event.preventDefault();
    part.open = true;
    field("quote").value = found.words;
    field("start").value = found.start;
    field("end").value = found.end;
    field("label").focus();
  }

  function forget() {
    field("start").value = field("end").value = ""; // the words were changed by hand
  }

  part.querySelector("summary").addEventListener("click", take);
  field("quote").addEventListener("input", forget);
})();
