// Shows a page anew when something was saved, and leaves it scrolled to where it was.
const script = document.currentScript;
const place = `outreach-scroll ${location.pathname}`;
const [visit] = performance.getEntriesByType("navigation");

addEventListener("pagehide", () => sessionStorage.setItem(place, String(scrollY)));

function goBack() {
  scrollTo({ top: Number(sessionStorage.getItem(place) ?? 0), behavior: "instant" });
}

if (visit?.type === "reload") {
  goBack();
  addEventListener("load", goBack);
}

const parts = () => [...document.querySelectorAll("[data-live]")];
const names = (found) => found.map((part) => part.id).join();

// Pages of the preview keep their frame: only what is said in it is another.
async function renew() {
  const frame = document.querySelector("iframe");
  if (parts().length === 0) return location.reload();
  const answer = await fetch(location.href);
  const next = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = [...next.querySelectorAll("[data-live]")];
  const isSame = names(fresh) === names(parts());
  if (!isSame || next.querySelector("iframe")?.getAttribute("src") !== frame?.getAttribute("src")) {
    return location.reload();
  }
  document.title = next.title;
  for (const part of fresh) document.getElementById(part.id).replaceWith(part);
  frame?.contentWindow.location.reload();
}

// Only what is looked at listens: a browser keeps six connections to one host.
function listen(version) {
  let source = null;
  const follow = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (source === null) {
      source = new EventSource("/_preview/changes");
      source.onmessage = ({ data }) => {
        if (data !== version) {
          version = data;
          renew();
        }
      };
    }
  };
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", () => source?.close());
  follow();
}

if (!("inside" in script.dataset)) listen(script.dataset.version);
