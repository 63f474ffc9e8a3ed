// Puts the answer into the clipboard as the page opens, or at the first click where a browser wants one.
const words = document.querySelector("[data-copy]");
const said = document.getElementById("copied");

async function copy() {
  words.select();
  try {
    await navigator.clipboard.writeText(words.value);
    said.textContent = "It is in the clipboard.";
  } catch {
    said.textContent = "It is selected: press Ctrl-C, or ⌘C.";
  }
}

words.addEventListener("focus", copy);
words.addEventListener("click", copy);
copy();
