"use strict";
// Finds posts by the words in their titles, summaries, tags and authors, here in the browser.

(() => {
  const MOST = 50;
  const field = document.getElementById("q");
  const found = document.getElementById("found");
  const status = found.querySelector("[role=status]");
  const words = found.dataset;
  const indexes = found.dataset.index.split(" ").filter(Boolean);
  const LETTERS = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ı: "i" };
  let posts = null;

  /** How a text is compared: small letters, without accents, wide and narrow forms the same. */
  const plain = (text) =>
    text
      .normalize("NFKD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/[ßæœøłđı]/g, (letter) => LETTERS[letter]);

  const load = () =>
    (posts ??= Promise.all(
      indexes.map(async (url) => {
        const answer = await fetch(url);
        if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
        return (await answer.json()).map((row) => {
          const [href, title, summary, names, day, language] = row;
          const fields = [` ${plain(title)}`, ` ${plain(names.join(" "))}`, ` ${plain(summary)}`];
          return { href, title, summary, day, language, fields };
        });
      }),
    ).then((years) => years.flat()));

  /** How well a post fits: every word has to be there. A title counts most, and the start of a word. */
  const fit = (post, terms) => {
    let sum = 0;
    for (const word of terms) {
      let best = 0;
      post.fields.forEach((text, number) => {
        const weight = [8, 4, 1][number];
        if (text.includes(` ${word}`)) best = Math.max(best, weight * 2);
        else if (text.includes(word)) best = Math.max(best, weight);
      });
      if (!best) return 0;
      sum += best;
    }
    return sum;
  };

  const inWords = (day, language) => {
    try {
      const spoken = language === "en" ? "en-GB" : language;
      return new Date(day).toLocaleDateString(spoken, { dateStyle: "long", timeZone: "UTC" });
    } catch {
      return day; // no browser knows that language
    }
  };

  const element = (name, values, ...children) => {
    const made = Object.assign(document.createElement(name), values);
    made.append(...children);
    return made;
  };

  const teaser = (post) => {
    const link = (text) => element("a", { href: post.href }, element("bdi", {}, text));
    const time = element("time", { dateTime: post.day }, inWords(post.day, post.language));
    const made = element("article", { className: "teaser", dir: "auto", lang: post.language });
    made.append(element("p", { className: "byline" }, time));
    if (post.title) made.append(element("h2", {}, link(post.title)));
    made.append(element("p", { className: "p-summary" }, post.title ? post.summary : link(post.summary)));
    return made;
  };

  const show = (posts, said) => {
    found.querySelectorAll("article").forEach((old) => old.remove());
    found.append(...posts.map(teaser));
    status.textContent = said;
  };

  const search = async () => {
    const asked = field.value.trim();
    const terms = plain(asked).split(/\s+/).filter(Boolean);
    if (!terms.length) return show([], "");
    let all;
    try {
      all = await load();
    } catch (error) {
      posts = null;
      console.error(error);
      return show([], words.unread);
    }
    if (asked !== field.value.trim()) return; // typed on meanwhile
    const fits = all.map((post) => [fit(post, terms), post]).filter(([sum]) => sum);
    fits.sort(([one, a], [other, b]) => other - one || (a.day < b.day ? 1 : -1));
    const shown = fits.slice(0, MOST).map(([, post]) => post);
    const count = fits.length === 1 ? words.one : words.many.replace("{}", fits.length);
    show(shown, fits.length ? count : words.none);
  };

  /** The address of what was asked, for whoever comes back or passes it on. */
  const remember = () => history.replaceState(null, "", `?q=${encodeURIComponent(field.value.trim())}`);

  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    remember();
    search();
  });
  field.addEventListener("input", search);
  field.addEventListener("change", remember);
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  field.focus();
  search();
})();
