// Tells on the queue's page what came since it was made: a link, and nothing moves under the reader's hand.
// Hears of news by a stream of the server; where there is none, it asks every 20 seconds. Without it nothing is lost.
"use strict";

(() => {
  const box = document.getElementById("news");
  if (!box) return;
  const link = box.querySelector("a");
  const ASK_MS = 20000; // without a stream
  const REST_MS = 2000; // between two questions, however much happens
  let askedAt = 0;
  let later = 0;
  let stream = null;
  let isOver = false;

  const say = (words, count, most) => words.replace("{count}", count >= most ? `${most}+` : `${count}`);

  const show = (found) => {
    const parts = [];
    if (found.articles) parts.push(say(box.dataset.articles, found.articles, found.most));
    if (found.decisions) parts.push(say(box.dataset.decisions, found.decisions, found.most));
    if (!parts.length) return;
    link.textContent = parts.join(", ");
    box.classList.add("on");
  };

  const ask = async () => {
    later = 0;
    askedAt = Date.now();
    try {
      const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" }, redirect: "error" });
      if (answer.ok) show(await answer.json());
    } catch (_) {
      // away for a moment, or signed out: the next question tells
    }
  };

  const askSoon = () => {
    if (!later) later = window.setTimeout(ask, Math.max(0, askedAt + REST_MS - Date.now()));
  };

  const close = () => {
    if (stream) stream.close();
    stream = null;
  };

  const open = () => {
    if (stream || isOver || document.hidden) return;
    stream = new EventSource(box.dataset.live);
    stream.addEventListener("news", askSoon);
    stream.addEventListener("over", () => {
      isOver = true;
      close();
    });
    stream.addEventListener("error", () => {
      if (stream && stream.readyState === EventSource.CLOSED) stream = null;
    });
  };

  // A page that nobody looks at holds no thread of the server.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      close();
    } else {
      askSoon();
      open();
    }
  });
  window.addEventListener("pagehide", close);
  window.setInterval(() => {
    if (isOver || document.hidden || (stream && stream.readyState === EventSource.OPEN)) return;
    askSoon();
  }, ASK_MS);
  open();
})();
