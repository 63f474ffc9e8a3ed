// Brings new notes into the page. A conversation in which somebody is writing is left alone.
"use strict";

const PAUSE = 3000;

function inUse(thread) {
  const drafts = [...thread.querySelectorAll("textarea")];
  const opened = thread.querySelector("details[open]");
  return opened || thread.contains(document.activeElement) ||
    drafts.some((draft) => draft.value !== draft.defaultValue);
}

function renew(timeline, fresh) {
  const known = new Map([...timeline.children].map((child) => [child.id, child]));
  const wanted = [...fresh.children].map((child) => {
    const old = known.get(child.id);
    return old && child.id && (old.isEqualNode(child) || inUse(old)) ? old : child;
  });
  known.forEach((old) => {
    if (!wanted.includes(old) && !(inUse(old) && old.id)) old.remove();
  });
  wanted.forEach((child, place) => {
    if (timeline.children[place] !== child) timeline.insertBefore(child, timeline.children[place] ?? null);
  });
}

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const timeline of document.querySelectorAll(".timeline")) {
    const column = timeline.closest(".network");
    const fresh = page.querySelector(`#${column.id}`);
    if (!fresh) continue;
    renew(timeline, fresh.querySelector(".timeline"));
    const tally = column.querySelector(".tally");
    if (tally) tally.textContent = fresh.querySelector(".tally").textContent;
  }
  document.querySelector(".foot").innerHTML = page.querySelector(".foot").innerHTML;
}

setInterval(() => refresh().catch(() => {}), PAUSE);
